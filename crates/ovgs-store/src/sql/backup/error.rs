use std::io;

use thiserror::Error;

use crate::{StoreError, Violation};

/// Why there is no backup, or nothing was restored from one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database failed, or is of another version.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was made cannot be written.
    #[error("the backup cannot be written")]
    Write(#[source] io::Error),
    /// The backup cannot be read.
    #[error("the backup cannot be read")]
    Read(#[source] io::Error),
    /// This is something else.
    #[error("this is no backup of ours: its first line is not the one that `db backup` begins with")]
    NotABackup,
    /// A newer version wrote it, in a format that is not known here.
    #[error(
        "the backup has format {found}, the newest one known here is {known}; restore it with the version that made it, or a newer one"
    )]
    NewerFormat {
        /// Its format.
        found: u64,
        /// The newest one known here.
        known: u64,
    },
    /// A newer version made the database that was backed up.
    #[error(
        "the backup is of schema `{found}`, the newest one known here is `{known}`; restore it with the version that made it, or a newer one"
    )]
    NewerSchema {
        /// The newest migration of the backup.
        found: String,
        /// The newest migration known here.
        known: String,
    },
    /// It ends before its last line.
    #[error("the backup ends after {lines} lines without its last one: it was cut off; nothing was restored")]
    CutOff {
        /// How many lines are whole.
        lines: u64,
    },
    /// It is not what was written.
    #[error("line {line} of the backup is damaged: {why}; nothing was restored")]
    Damaged {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// There is something in the database already.
    #[error("the database is not empty, there are rows in {tables}; restore into a new one")]
    NotEmpty {
        /// The tables with rows in them, as a sentence names them.
        tables: String,
    },
    /// What was backed up breaks invariants.
    #[error(
        "what the backup holds is not sound, in {count} places, the first: {first}; nothing was restored"
    )]
    Unsound {
        /// How many violations there are.
        count: u64,
        /// One of them.
        first: Box<Violation>,
    },
}
