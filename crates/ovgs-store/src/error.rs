//! What a store may answer instead.

use std::error::Error;

use thiserror::Error;

/// The one error of every store.
///
/// A thing that is not there is not an error but `Ok(None)`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// What the writer saw is no longer so; nothing was written. Read again, decide again.
    #[error("the stored state moved meanwhile")]
    Conflict,
    /// The store is out of reach or too busy, or the outcome of a commit is unknown.
    #[error("the store is out of reach")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The store holds something that no writer of ours put there.
    #[error("the store holds {what} that cannot be read")]
    Corrupt {
        /// Which thing.
        what: String,
        /// Why it cannot be read.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A database cannot be opened.
    #[error("cannot open the database `{database}`: {reason}")]
    Open {
        /// Which.
        database: String,
        /// Why not, for people.
        reason: String,
        /// Why not, as the engine says it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database was made by a newer version of this software.
    #[error(
        "the database was made by a newer version: its schema is `{found}`, the newest one known here is `{known}`; run that version, or restore a backup"
    )]
    TooNew {
        /// The newest migration in the database.
        found: String,
        /// The newest migration known here.
        known: String,
    },
    /// The schema is older than this software needs.
    #[error("the database lacks {pending}; run `ovgs-server db migrate`")]
    NotMigrated {
        /// The migrations that are missing, as a sentence names them.
        pending: String,
    },
    /// The store failed otherwise.
    #[error("the store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A stored thing that cannot be read back.
    pub fn corrupt(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError::Corrupt { what: what.into(), source: source.into() }
    }

    /// A schema that lacks these migrations.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn not_migrated(pending: &[&str]) -> StoreError {
        let migrations = if pending.len() == 1 { "migration" } else { "migrations" };
        StoreError::NotMigrated { pending: format!("the {migrations} `{}`", pending.join("`, `")) }
    }
}
