//! Backups: everything in a database as lines of JSON that any engine can take in again.

mod error;
mod format;
mod restore;
mod tables;
mod write;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncBufRead, AsyncWrite};

pub use self::error::BackupError;
pub(super) use self::tables::{Column, Kind, TABLES};
use super::SqlDatabase;

/// Where a backup comes from, as its first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupOrigin {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Of which engine: `sqlite` or `postgres`.
    pub engine: String,
    /// Its newest migration.
    pub schema: String,
}

/// How many rows there are of each table, in the order of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts(Vec<(&'static str, u64)>);

impl RowCounts {
    /// Each table with its rows.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().copied()
    }

    /// The rows of one table; none of an unknown one.
    #[must_use]
    pub fn of(&self, table: &str) -> u64 {
        self.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| rows)
    }

    pub(super) fn add(&mut self, table: &'static str, rows: u64) {
        match self.0.iter_mut().find(|(name, _)| *name == table) {
            Some((_, count)) => *count += rows,
            None => self.0.push((table, rows)),
        }
    }
}

impl SqlDatabase {
    /// Writes everything in the database as JSON lines, which [`restore`](SqlDatabase::restore) takes in again, on any
    /// engine. All of it is of one moment, however long it takes and whoever writes meanwhile. Memory is bounded by one
    /// page of rows, and by one organization's groups.
    ///
    /// `at` is the time that the backup bears. An SQLite file cannot shorten its log until this is done.
    ///
    #[cfg_attr(feature = "sqlite", doc = "```")]
    #[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
    /// use chrono::DateTime;
    /// use ovgs_store::SqlDatabase;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ovgs_store::BackupError> {
    /// let (old, new) = (SqlDatabase::sqlite_in_memory().await?, SqlDatabase::sqlite_in_memory().await?);
    /// old.migrate().await?;
    /// new.migrate().await?;
    ///
    /// let mut backup = Vec::new();
    /// old.backup(DateTime::UNIX_EPOCH, &mut backup).await?;
    /// let (origin, rows) = new.restore(&mut backup.as_slice()).await?;
    /// assert_eq!((origin.engine.as_str(), rows.of("orgs")), ("sqlite", 0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BackupError::Store`] if the database is out of reach, not at exactly the schema of this version, or holds what
    /// cannot be read as text or number; [`BackupError::Write`].
    pub async fn backup(
        &self,
        at: DateTime<Utc>,
        to: &mut (dyn AsyncWrite + Unpin + Send),
    ) -> Result<RowCounts, BackupError> {
        write::backup(&self.connections.readers, at, to).await
    }

    /// Takes a backup into this database, which must be migrated and empty: all of it or nothing. Before anything is kept,
    /// the digest and the counts of the last line must be right, and [`check`](SqlDatabase::check) must find nothing.
    /// Memory is bounded by one batch of rows.
    ///
    /// # Errors
    /// A [`BackupError`] that says what is wrong with the backup or the database; nothing was restored then.
    pub async fn restore(
        &self,
        from: &mut (dyn AsyncBufRead + Unpin + Send),
    ) -> Result<(BackupOrigin, RowCounts), BackupError> {
        restore::restore(&self.connections.writer, from).await
    }
}
