//! How a database comes to the schema of this version: numbered files, each applied once, in order.
//!
//! A file that was released is never changed. A new one first expands what there is and contracts it a version later, so
//! that servers of two neighbouring versions can share a database.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::{dialect, error, query};
use crate::StoreError;

/// One step of the schema.
#[derive(Debug)]
struct Migration {
    number: i64,
    name: &'static str,
    /// DDL with the words of [`dialect::WORDS`] in it.
    ddl: &'static str,
}

const MIGRATIONS: [Migration; 1] =
    [Migration { number: 1, name: "0001_initial", ddl: include_str!("migrations/0001_initial.sql") }];

/// Applies what is missing, all or nothing, and names it. Of several who try at once the later ones find nothing to do.
pub(super) async fn migrate(writer: &DatabaseConnection) -> Result<Vec<&'static str>, StoreError> {
    let tx = writer.begin_with_options(dialect::writing()).await.map_err(error::store)?;
    let missing = missing(&tx).await?;
    for migration in &missing {
        apply(&tx, migration).await?;
    }
    tx.commit().await.map_err(error::outcome_unknown)?;
    Ok(missing.into_iter().map(|migration| migration.name).collect())
}

/// Names what is missing.
pub(super) async fn pending(db: &DatabaseConnection) -> Result<Vec<&'static str>, StoreError> {
    Ok(missing(db).await?.into_iter().map(|migration| migration.name).collect())
}

async fn missing(db: &impl ConnectionTrait) -> Result<Vec<&'static Migration>, StoreError> {
    let applied = applied(db).await?;
    let newest = MIGRATIONS.last();
    let known = newest.map_or(0, |newest| newest.number);
    match applied.last() {
        Some((number, name)) if *number > known => Err(StoreError::TooNew {
            found: name.clone(),
            known: newest.map_or_else(String::new, |newest| newest.name.into()),
        }),
        _ => {
            Ok(MIGRATIONS.iter().filter(|m| !applied.iter().any(|(number, _)| *number == m.number)).collect())
        }
    }
}

/// Numbers and names of the migrations that the database has, in order.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<(i64, String)>, StoreError> {
    if query::one(db, dialect::TABLE_EXISTS, ["schema_migrations".into()]).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = query::all(db, "SELECT number, name FROM schema_migrations ORDER BY number", []).await?;
    rows.iter().map(|row| query::Fields::of(row).read(|f| Ok((f.int()?, f.text()?)))).collect()
}

async fn apply(tx: &DatabaseTransaction, migration: &Migration) -> Result<(), StoreError> {
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
        (number {int} NOT NULL PRIMARY KEY, name {text} NOT NULL){strict}";
    for ddl in [TABLE, migration.ddl] {
        tx.execute_unprepared(&translate(ddl)).await.map_err(error::store)?;
    }
    let row = "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)";
    query::run(tx, row, [migration.number.into(), migration.name.into()]).await?;
    Ok(())
}

fn translate(ddl: &str) -> String {
    dialect::WORDS.iter().fold(ddl.to_owned(), |ddl, (word, meaning)| ddl.replace(word, meaning))
}
