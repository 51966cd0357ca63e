//! The database, and how calls get at it.

use std::{fmt, path::Path, sync::Arc};

use ovgs_domain::{Event, floor_to_micros};
use ovgs_store::{Position, RecordedEvent, Stamp, Store, StoreError, json::Json};
use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};
use tokio::task::spawn_blocking;

use crate::tables::{CERT_BYTES, EVENTS, TABLES, failed, next_number, number, put};

/// A store in one redb file.
///
/// Clones share the file; a second process cannot open it at the same time.
#[derive(Clone)]
pub struct RedbStore {
    database: Arc<Database>,
}

impl RedbStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`] if it cannot be opened, for instance because another process has.
    pub fn open(path: &Path) -> Result<RedbStore, StoreError> {
        let database = Database::create(path).map_err(|error| StoreError::Open {
            database: path.display().to_string(),
            reason: "it is held by another process, damaged, or may not be written".into(),
            source: error.into(),
        })?;
        let tx = database.begin_write().map_err(failed)?;
        for table in TABLES {
            tx.open_table(table).map_err(failed)?;
        }
        tx.open_table(CERT_BYTES).map_err(failed)?;
        tx.commit().map_err(failed)?;
        Ok(RedbStore { database: Arc::new(database) })
    }

    /// Reads one snapshot, off the threads that run async tasks.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce(&ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        let task = spawn_blocking(move || reading(&database.begin_read().map_err(failed)?));
        task.await.map_err(failed)?
    }

    /// Writes all or nothing. Once begun it goes to its end, even if nobody waits for it any longer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        writing: impl FnOnce(&WriteTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        let task = spawn_blocking(move || {
            // Only one of these is there at a time; the others wait here.
            let tx = database.begin_write().map_err(failed)?;
            // Dropped with an error, the transaction leaves nothing behind.
            let answer = writing(&tx)?;
            // Whether anything was written after an error is not known.
            tx.commit().map_err(|error| StoreError::Unavailable(error.into()))?;
            Ok(answer)
        });
        task.await.map_err(failed)?
    }
}

/// Records an event beside the write it tells of.
pub(crate) fn record(tx: &WriteTransaction, stamp: &Stamp, event: Event) -> Result<(), StoreError> {
    let next = next_number(tx, EVENTS)?;
    let position = Position(i64::try_from(next).map_err(failed)?);
    let stamp = Stamp { author: stamp.author.clone(), at: floor_to_micros(stamp.at) };
    put(tx, EVENTS, &number(next), &RecordedEvent { position, stamp, event }.to_json()?)
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

impl Store for RedbStore {}
