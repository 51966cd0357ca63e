//! That backups are of exactly the schema of this program, and of all of it.

use chrono::DateTime;
use sea_orm::ConnectionTrait;

use super::{Tested, backup::migrated};
use crate::{
    BackupError, SqlDatabase, StoreError,
    sql::{
        backup::{Kind, TABLES},
        query::{self, Fields},
    },
};

#[tokio::test]
async fn a_database_of_another_version_is_not_moved() -> Tested {
    let empty = SqlDatabase::sqlite_in_memory().await?;
    let told = empty.backup(DateTime::UNIX_EPOCH, &mut Vec::new()).await.err();
    assert!(matches!(told, Some(BackupError::Store(StoreError::NotMigrated { .. }))), "{told:?}");
    let newer = migrated().await?;
    let sql = "INSERT INTO schema_migrations VALUES (2, '0002_more', 1)";
    newer.connections.writer.execute_unprepared(sql).await?;
    assert_eq!(newer.pending().await?, [""; 0], "it does to serve from");
    let told = newer.backup(DateTime::UNIX_EPOCH, &mut Vec::new()).await.err();
    assert!(matches!(told, Some(BackupError::Store(StoreError::TooNew { .. }))), "{told:?}");
    Ok(())
}

/// Whether a column's declared type is of a kind.
fn is_of(kind: Kind, declared: &str) -> bool {
    match kind {
        Kind::Text => ["TEXT", "text"].contains(&declared),
        Kind::Int => ["INTEGER", "bigint"].contains(&declared),
        Kind::Bool => ["INTEGER", "boolean"].contains(&declared),
        Kind::Bytes => ["BLOB", "bytea"].contains(&declared),
    }
}

async fn must_list_everything(db: &sea_orm::DatabaseConnection, tables: &str, columns: &str) -> Tested {
    let read = |row: &sea_orm::QueryResult| Fields::of(row).text();
    let mut found: Vec<String> =
        query::all(db, tables, []).await?.iter().map(read).collect::<Result<_, _>>()?;
    let mut listed: Vec<&str> = TABLES.iter().map(|table| table.name).chain(["schema_migrations"]).collect();
    listed.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, listed);
    for table in &TABLES {
        let found = query::all(db, columns, [table.name.into()]).await?;
        assert_eq!(found.len(), table.columns.len(), "{}", table.name);
        for (row, column) in found.iter().zip(table.columns) {
            let mut row = Fields::of(row);
            let (name, declared) = (row.text()?, row.text()?);
            assert_eq!(name, column.name, "{}", table.name);
            assert!(is_of(column.kind, &declared), "{}.{name} is {declared}", table.name);
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_column_of_sqlite_is_backed_up() -> Tested {
    let database = migrated().await?;
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let columns = "SELECT name, type FROM pragma_table_info($1) ORDER BY cid";
    must_list_everything(&database.connections.writer, tables, columns).await
}

#[cfg(all(unix, feature = "testing"))]
#[tokio::test]
async fn every_column_of_postgres_is_backed_up() -> Tested {
    let elsewhere = crate::testing::Database::new()?;
    let database = SqlDatabase::postgres(&elsewhere.options()?).await?;
    database.migrate().await?;
    let tables =
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
    let columns = "SELECT column_name::text, data_type::text FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    must_list_everything(&database.connections.writer, tables, columns).await
}
