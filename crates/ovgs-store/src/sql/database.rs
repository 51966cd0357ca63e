//! A database that may not be of this version yet.

#[cfg(feature = "sqlite")]
use std::path::Path;

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;
use tokio::{sync::OwnedMutexGuard, time::timeout};

#[cfg(feature = "postgres")]
use super::{PostgresOptions, postgres};
use super::{SqlStore, dialect::Dialect, error, gathering::Line, migrations, traffic::Traffic};
#[cfg(feature = "sqlite")]
use super::{
    SqliteOptions,
    sqlite::{self, File},
};
use crate::StoreError;

/// An open database, of whatever version. It becomes a store once it is of the right one.
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// use ovgs_store::SqlDatabase;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ovgs_store::StoreError> {
/// let database = SqlDatabase::sqlite_in_memory().await?;
/// assert_eq!(database.pending().await?, ["0001_initial"]);
/// assert!(database.clone().store().await.is_err());
///
/// database.migrate().await?;
/// let store = database.store().await?;
/// # drop(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqlDatabase {
    pub(super) connections: Connections,
}

/// The ways into one database.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// Of SQLite, one connection.
    pub(super) writer: DatabaseConnection,
    pub(super) readers: DatabaseConnection,
    /// A copy that may be behind.
    pub(super) replica: Option<DatabaseConnection>,
    /// After this long without an answer to a statement a connection counts as dead. A file needs no such thing.
    pub(super) patience: Duration,
    /// The file behind them, if there is one.
    #[cfg(feature = "sqlite")]
    pub(super) file: Option<File>,
}

impl Connections {
    pub(super) fn dialect(&self) -> Dialect {
        Dialect::of(&self.writer)
    }

    /// Starts the engine's own way to do what calls do all the time, if it has one.
    pub(super) fn start(&self) -> Result<Option<Arc<dyn Traffic>>, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Some(file) = &self.file {
            return file.start().map(Some);
        }
        Ok(None)
    }

    /// Waits for the turn to write, where this process can have one writer at a time.
    pub(super) async fn turn(&self) -> Result<Option<OwnedMutexGuard<()>>, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Some(file) = &self.file {
            return file.turn.wait().await.map(Some).map_err(error::store);
        }
        Ok(None)
    }

    /// A way for gathered work to what writes.
    pub(super) fn line_to_writer(&self) -> Line {
        Line::to(&self.writer, self.patience)
    }

    /// A way for gathered work to what reads.
    pub(super) fn line_to_readers(&self) -> Line {
        Line::to(&self.readers, self.patience)
    }

    /// Gives up what the network may have swallowed: a connection that went silent says nothing for many minutes, or for
    /// ever. Several statements may take twice as long as one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it takes longer, whatever may have been written.
    pub(super) async fn in_time<T>(
        &self,
        attempt: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let patience = self.patience.saturating_mul(2);
        timeout(patience, attempt).await.unwrap_or_else(|_| Err(error::too_slow()))
    }

    /// Closes what reads before what writes, since SQLite's last connection brings the write-ahead log into the file, and
    /// one that only reads cannot. What is not brought over, because it failed or another process has the file open, is as
    /// durable in the log, and whoever opens the file next brings it over.
    pub(super) async fn close(&self) {
        #[cfg(feature = "sqlite")]
        if let Some(file) = &self.file {
            file.stop().await;
        }
        for connections in self.replica.iter().chain([&self.readers, &self.writer]) {
            let _ = connections.close_by_ref().await;
        }
    }
}

impl SqlDatabase {
    /// Opens an SQLite file, or makes an empty one. Its directory must be there.
    ///
    /// # Errors
    /// [`StoreError::Open`] with the reason if it cannot be opened for writing, or is no SQLite database.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(path: &Path, options: &SqliteOptions) -> Result<SqlDatabase, StoreError> {
        sqlite::open(path, options).await
    }

    /// Makes an empty SQLite database in memory, which is lost with its last clone.
    ///
    /// # Errors
    /// [`StoreError::Open`] if there is no memory for it.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite_in_memory() -> Result<SqlDatabase, StoreError> {
        sqlite::open_in_memory().await
    }

    /// Opens a PostgreSQL database, which must be there; it may be empty.
    ///
    /// # Errors
    /// [`StoreError::Open`] with the reason if there is no way in, or its texts are not UTF-8.
    #[cfg(feature = "postgres")]
    pub async fn postgres(options: &PostgresOptions) -> Result<SqlDatabase, StoreError> {
        postgres::open(options).await
    }

    /// Applies the migrations that are missing, all or nothing, and names them. Several may try at once.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if a newer version made the database, and this one cannot serve from it.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, StoreError> {
        migrations::migrate(&self.connections.writer).await
    }

    /// Whether no migration was ever applied.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        self.connections.in_time(migrations::is_empty(&self.connections.readers)).await
    }

    /// Names the migrations that are missing.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if a newer version made the database, and this one cannot serve from it.
    pub async fn pending(&self) -> Result<Vec<&'static str>, StoreError> {
        self.connections.in_time(migrations::pending(&self.connections.readers)).await
    }

    /// The store in this database. Call it within the tokio runtime that will use the store: the task that writes the
    /// journal starts here.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] if migrations are missing, [`StoreError::TooNew`] if a newer version made the
    /// database, and this one cannot serve from it.
    pub async fn store(self) -> Result<SqlStore, StoreError> {
        match self.pending().await?.as_slice() {
            [] => SqlStore::new(self.connections),
            pending => Err(StoreError::not_migrated(pending)),
        }
    }

    /// Closes it for all clones, once what they are at is done. See [`SqlStore::close`].
    pub async fn close(&self) {
        self.connections.close().await;
    }
}
