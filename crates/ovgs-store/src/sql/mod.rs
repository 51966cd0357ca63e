//! Stores in SQL databases, through sea-orm, which nothing outside this module names.
//!
//! The tree and the accounts go through entities. Components and the journal, of which there may be millions, go through
//! statements of our own, one bind for any number of rows. What an engine says in its own words is in `dialect`, and
//! nowhere else.

mod accounts;
mod database;
mod dialect;
mod entity;
mod error;
mod inventory;
mod journal;
mod locate;
mod migrations;
mod organizations;
mod query;
mod queue;
mod record;
mod rows;
mod sqlite;
mod step;
#[cfg(test)]
mod tests;

use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};

use self::queue::Queue;
pub use self::{database::SqlDatabase, sqlite::SqliteOptions};
use crate::StoreError;

/// A store in an SQL database of the right version; [`SqlDatabase::store`] makes it.
///
/// Everything written is durable once the call returns. A call that is dropped half-way leaves either all or nothing.
#[derive(Clone, Debug)]
pub struct SqlStore {
    /// One connection. Who writes waits for it here, and so never in the database for another task of this process.
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    queue: Queue,
}

impl SqlStore {
    fn new(writer: DatabaseConnection, readers: DatabaseConnection) -> SqlStore {
        let queue = Queue::start(writer.clone());
        SqlStore { writer, readers, queue }
    }

    /// Closes the database for all clones, once what they are at is done; everything after that is refused. The last one
    /// to close leaves everything in the one file, without a log beside it.
    pub async fn close(&self) {
        sqlite::close(&self.writer, &self.readers).await;
    }

    /// Begins a transaction that writes. Dropped, it rolls back.
    async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        self.writer.begin_with_options(dialect::writing()).await.map_err(error::store)
    }
}
