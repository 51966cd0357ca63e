//! Stores in SQL databases, through sea-orm, which nothing outside this module names.
//!
//! The tree and the accounts go through entities. Components and the journal, of which there may be millions, go through
//! statements of our own, one bind for any number of rows. What an engine says in its own words is in `dialect`, and
//! nowhere else; `sqlite` has ways of its own (`traffic`).

mod accounts;
mod attempts;
mod backup;
mod check;
mod database;
mod dialect;
mod entering;
mod entity;
mod error;
mod gathering;
mod inventory;
mod journal;
mod listing;
mod locate;
mod migrations;
mod organizations;
mod pages;
#[cfg(feature = "postgres")]
mod postgres;
mod query;
mod queue;
mod record;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod status;
mod step;
mod traffic;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction, TransactionTrait};
use tokio::sync::OwnedMutexGuard;

#[cfg(feature = "postgres")]
pub use self::postgres::{BadDatabaseUrl, PostgresOptions, PostgresTls};
#[cfg(feature = "postgres")]
use self::postgres::{Listings, Placer};
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteOptions;
pub use self::{
    backup::{BackupError, BackupOrigin, RowCounts},
    check::{Checked, Rule, Violation},
    database::SqlDatabase,
    status::DatabaseStatus,
};
use self::{database::Connections, dialect::Dialect, locate::Locator, queue::Queue, traffic::Traffic};
use crate::StoreError;

/// A store in an SQL database of the right version; [`SqlDatabase::store`] makes it.
///
/// Everything written is durable once the call returns. A call that is dropped half-way leaves either all or nothing.
#[derive(Clone, Debug)]
pub struct SqlStore {
    connections: Connections,
    access: Access,
}

/// How what calls do all the time gets to the database.
#[derive(Clone, Debug)]
enum Access {
    /// The engine's own.
    Direct(Arc<dyn Traffic>),
    /// By statements for all engines, and those for the other one.
    Statements {
        queue: Queue,
        locator: Locator,
        #[cfg(feature = "postgres")]
        postgres: Option<Postgres>,
    },
}

/// Placements by one statement for many callers, and listings by one for many portions.
#[cfg(feature = "postgres")]
#[derive(Clone, Debug)]
struct Postgres {
    placer: Placer,
    listings: Listings,
}

#[cfg(feature = "postgres")]
impl Postgres {
    fn start(connections: &Connections) -> Postgres {
        let listings = Listings::of(&connections.readers);
        Postgres { placer: Placer::start(&connections.line_to_writer()), listings }
    }
}

impl SqlStore {
    fn new(connections: Connections) -> Result<SqlStore, StoreError> {
        let access = match connections.start()? {
            Some(direct) => Access::Direct(direct),
            None => Access::Statements {
                queue: Queue::start(connections.line_to_writer()),
                locator: Locator::start(&connections.line_to_readers()),
                #[cfg(feature = "postgres")]
                postgres: (connections.dialect() == Dialect::Postgres).then(|| Postgres::start(&connections)),
            },
        };
        Ok(SqlStore { connections, access })
    }

    /// Closes the database for all clones, once what they are at is done; everything after that is refused. The last one
    /// to close an SQLite file leaves everything in it, without a log beside it.
    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// What is read from here is as new as the last commit.
    fn readers(&self) -> &DatabaseConnection {
        &self.connections.readers
    }

    /// The engine's own way, if it has one.
    fn direct(&self) -> Option<&dyn Traffic> {
        match &self.access {
            Access::Direct(direct) => Some(direct.as_ref()),
            Access::Statements { .. } => None,
        }
    }

    /// What PostgreSQL does in its own way.
    #[cfg(feature = "postgres")]
    fn postgres(&self) -> Option<&Postgres> {
        match &self.access {
            Access::Statements { postgres, .. } => postgres.as_ref(),
            Access::Direct(_) => None,
        }
    }

    fn dialect(&self) -> Dialect {
        self.connections.dialect()
    }

    /// Begins a transaction that writes. Dropped, it rolls back; the turn is to be dropped after it.
    async fn begin(&self) -> Result<(Option<OwnedMutexGuard<()>>, DatabaseTransaction), StoreError> {
        let turn = self.connections.turn().await?;
        let begun = self.connections.writer.begin_with_options(self.dialect().writing()).await;
        Ok((turn, begun.map_err(error::store)?))
    }
}
