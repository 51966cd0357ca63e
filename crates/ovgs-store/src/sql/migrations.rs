//! How a database comes to the schema of this version: numbered files, each applied once, in order.
//!
//! A file that was released is never changed. A new one first expands what there is, and a later one contracts it, so that
//! servers of two neighbouring versions can share a database while one replaces the other:
//!
//! * What **expands** adds tables, indexes, and columns that are NULL or have a default. Who does not know them writes rows
//!   that are as good as before. Its `compatible_from` stays what it was.
//! * What **contracts** takes away or tightens what no version since the expansion uses any more. Its `compatible_from` is
//!   the number of that expansion, so an older server does not start beside it.
//!
//! Every migration leaves its number in the database together with its `compatible_from`, so that a server which is older
//! than the database can tell whether it may serve from it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::{attempts, dialect::Dialect, error, query};
use crate::StoreError;

/// One step of the schema.
#[derive(Debug)]
struct Migration {
    number: i64,
    name: &'static str,
    /// A server whose newest migration has this number, or a greater one, works with the schema that this one leaves.
    compatible_from: i64,
    /// DDL with the words of [`Dialect::words`] in it. A line that begins with `{postgres}` is for that engine alone.
    ddl: &'static str,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    number: 1,
    name: "0001_initial",
    compatible_from: 1,
    ddl: include_str!("migrations/0001_initial.sql"),
}];

/// A version of the schema, by its newest migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    pub(super) number: i64,
    pub(super) name: String,
}

/// A migration that the database has.
#[derive(Debug)]
struct Applied {
    number: i64,
    name: String,
    compatible_from: i64,
}

/// Applies what is missing, all or nothing, and names it. Of several who try at once the later ones find nothing to do.
pub(super) async fn migrate(writer: &DatabaseConnection) -> Result<Vec<&'static str>, StoreError> {
    use backon::Retryable;
    let attempt = || async {
        let dialect = Dialect::of(writer);
        let tx = writer.begin_with_options(dialect.writing()).await.map_err(error::store)?;
        if let Some(sql) = dialect.before_migrating() {
            tx.execute_unprepared(&sql).await.map_err(error::store)?;
        }
        let missing = missing(&tx).await?;
        for migration in &missing {
            apply(&tx, migration).await?;
        }
        tx.commit().await.map_err(error::outcome_unknown)?;
        Ok(missing.into_iter().map(|migration| migration.name).collect())
    };
    attempt.retry(attempts::pauses()).when(error::is_broken_off).await
}

pub(super) async fn is_empty(db: &DatabaseConnection) -> Result<bool, StoreError> {
    Ok(applied(db).await?.is_empty())
}

/// The newest version known here.
pub(super) fn newest() -> Schema {
    let [.., newest] = &MIGRATIONS;
    Schema { number: newest.number, name: newest.name.into() }
}

/// The version of a database; `None` before the first migration.
pub(super) async fn schema(db: &impl ConnectionTrait) -> Result<Option<Schema>, StoreError> {
    let last = applied(db).await?.pop();
    Ok(last.map(|Applied { number, name, .. }| Schema { number, name }))
}

/// The version of a database that has exactly the tables and columns that are known here. A newer one may do to serve from,
/// but not to move: what is new in it would be lost.
pub(super) async fn exactly_ours(db: &impl ConnectionTrait) -> Result<Schema, StoreError> {
    let missing = missing(db).await?;
    if !missing.is_empty() {
        let names: Vec<&str> = missing.into_iter().map(|migration| migration.name).collect();
        return Err(StoreError::not_migrated(&names));
    }
    let (newest, found) = (newest(), schema(db).await?);
    match found {
        Some(found) if found.number > newest.number => {
            Err(StoreError::TooNew { found: found.name, known: newest.name })
        }
        _ => Ok(newest),
    }
}

/// Names what is missing.
pub(super) async fn pending(db: &impl ConnectionTrait) -> Result<Vec<&'static str>, StoreError> {
    Ok(missing(db).await?.into_iter().map(|migration| migration.name).collect())
}

async fn missing(db: &impl ConnectionTrait) -> Result<Vec<&'static Migration>, StoreError> {
    let applied = applied(db).await?;
    let newest = MIGRATIONS.last();
    let known = newest.map_or(0, |newest| newest.number);
    let is_beyond = |found: &&Applied| found.number > known && found.compatible_from > known;
    if let Some(last) = applied.iter().rfind(is_beyond) {
        return Err(StoreError::TooNew {
            found: last.name.clone(),
            known: newest.map_or_else(String::new, |newest| newest.name.into()),
        });
    }
    let is_applied = |migration: &&Migration| applied.iter().any(|found| found.number == migration.number);
    Ok(MIGRATIONS.iter().filter(|migration| !is_applied(migration)).collect())
}

/// The migrations that the database has, in order.
async fn applied(db: &impl ConnectionTrait) -> Result<Vec<Applied>, StoreError> {
    let exists = Dialect::of(db).table_exists();
    if query::one(db, exists, ["schema_migrations".into()]).await?.is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT number, name, compatible_from FROM schema_migrations ORDER BY number";
    let rows = query::all(db, sql, []).await?;
    let read = |row: &mut query::Fields<'_>| {
        Ok(Applied { number: row.int()?, name: row.text()?, compatible_from: row.int()? })
    };
    rows.iter().map(|row| query::Fields::of(row).read(read)).collect()
}

async fn apply(tx: &DatabaseTransaction, migration: &Migration) -> Result<(), StoreError> {
    const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
        (number {int} NOT NULL PRIMARY KEY, name {text} NOT NULL, compatible_from {int} NOT NULL){strict}";
    for ddl in [TABLE, migration.ddl] {
        let ddl = translate(ddl, Dialect::of(tx));
        tx.execute_unprepared(&ddl).await.map_err(error::store)?;
    }
    let row = "INSERT INTO schema_migrations (number, name, compatible_from) VALUES ($1, $2, $3)";
    let Migration { number, name, compatible_from, .. } = *migration;
    query::run(tx, row, [number.into(), name.into(), compatible_from.into()]).await?;
    Ok(())
}

/// Puts the engine's words in, and leaves out the lines that are for PostgreSQL alone if it is another one.
fn translate(ddl: &str, dialect: Dialect) -> String {
    let ours = |line: &'_ str| match line.strip_prefix("{postgres} ") {
        Some(line) if dialect == Dialect::Postgres => format!("{line}\n"),
        Some(_) => String::new(),
        None => format!("{line}\n"),
    };
    let ddl: String = ddl.lines().map(ours).collect();
    dialect.words().iter().fold(ddl, |ddl, (word, meaning)| ddl.replace(word, meaning))
}
