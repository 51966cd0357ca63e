//! A database that may not be of this version yet.

use std::path::Path;

use sea_orm::DatabaseConnection;

use super::{SqlStore, SqliteOptions, migrations, sqlite};
use crate::StoreError;

/// An open database, of whatever version. It becomes a store once it is of the right one.
///
/// ```
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
    pub(super) writer: DatabaseConnection,
    pub(super) readers: DatabaseConnection,
}

impl SqlDatabase {
    /// Opens an SQLite file, or makes an empty one. Its directory must be there.
    ///
    /// # Errors
    /// [`StoreError::Open`] with the reason if it cannot be opened for writing, or is no SQLite database.
    pub async fn sqlite(path: &Path, options: &SqliteOptions) -> Result<SqlDatabase, StoreError> {
        sqlite::open(path, options).await
    }

    /// Makes an empty SQLite database in memory, which is lost with its last clone.
    ///
    /// # Errors
    /// [`StoreError::Open`] if there is no memory for it.
    pub async fn sqlite_in_memory() -> Result<SqlDatabase, StoreError> {
        sqlite::open_in_memory().await
    }

    /// Applies the migrations that are missing, all or nothing, and names them. Several may try at once.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if a newer version made the database.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, StoreError> {
        migrations::migrate(&self.writer).await
    }

    /// Names the migrations that are missing.
    ///
    /// # Errors
    /// [`StoreError::TooNew`] if a newer version made the database.
    pub async fn pending(&self) -> Result<Vec<&'static str>, StoreError> {
        migrations::pending(&self.readers).await
    }

    /// The store in this database. Call it within the tokio runtime that will use the store: the task that writes the
    /// journal starts here.
    ///
    /// # Errors
    /// [`StoreError::NotMigrated`] if migrations are missing, [`StoreError::TooNew`] if a newer version made the
    /// database.
    pub async fn store(self) -> Result<SqlStore, StoreError> {
        match self.pending().await?.as_slice() {
            [] => Ok(SqlStore::new(self.writer, self.readers)),
            pending => Err(StoreError::not_migrated(pending)),
        }
    }

    /// Closes it for all clones, once what they are at is done. See [`SqlStore::close`].
    pub async fn close(&self) {
        sqlite::close(&self.writer, &self.readers).await;
    }
}
