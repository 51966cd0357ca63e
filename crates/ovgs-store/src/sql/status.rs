//! What a database is and how much is in it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use super::{
    RowCounts, SqlDatabase,
    backup::TABLES,
    dialect::Dialect,
    error, migrations,
    query::{self, Fields},
    rows,
};
use crate::StoreError;

/// What a database is and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseStatus {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// Where it is: a file's path, or user, host and database. Empty for one in memory.
    pub place: String,
    /// Its newest migration; `None` before the first one.
    pub schema: Option<String>,
    /// The migrations that are missing.
    pub pending: Vec<&'static str>,
    /// How many rows each table has; none while migrations are missing.
    pub rows: RowCounts,
    /// How many octets it takes on disk, a log beside it apart.
    pub octets: u64,
}

impl SqlDatabase {
    /// Says what the database is and how much is in it. Counting reads an index of each table, so that a hundred million
    /// rows take some seconds.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if a newer version made the database, and this one cannot serve from it; others if it is out
    /// of reach.
    pub async fn status(&self) -> Result<DatabaseStatus, StoreError> {
        let db = &self.connections.readers;
        let dialect = Dialect::of(db);
        let snapshot = db.begin_with_options(dialect.snapshot()).await.map_err(error::store)?;
        if let Some(sql) = dialect.patiently() {
            snapshot.execute_unprepared(sql).await.map_err(error::store)?;
        }
        let place = query::one(&snapshot, dialect.place(), []).await?;
        let place = place.map(|row| Fields::of(&row).text_or_null()).transpose()?.flatten();
        let pending = migrations::pending(&snapshot).await?;
        let mut counts = RowCounts::default();
        if pending.is_empty() {
            for table in &TABLES {
                counts.add(
                    table.name,
                    number(&snapshot, &format!("SELECT COUNT(*) FROM {}", table.name)).await?,
                );
            }
        }
        let status = DatabaseStatus {
            engine: dialect.name(),
            place: place.unwrap_or_default(),
            schema: migrations::schema(&snapshot).await?.map(|schema| schema.name),
            pending,
            rows: counts,
            octets: number(&snapshot, dialect.size()).await?,
        };
        snapshot.rollback().await.map_err(error::store)?;
        Ok(status)
    }
}

async fn number(db: &DatabaseTransaction, sql: &str) -> Result<u64, StoreError> {
    let row = query::one(db, sql, []).await?;
    let number = row.map(|row| Fields::of(&row).int()).transpose()?.unwrap_or_default();
    u64::try_from(number).map_err(rows::corrupt("a count"))
}
