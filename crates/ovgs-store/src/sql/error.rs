//! What an error of the database means to a caller.

#[cfg(feature = "sqlite")]
use std::borrow::Borrow;
use std::{error::Error, io::ErrorKind};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};
use thiserror::Error;

use crate::StoreError;

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>); the extended ones have them in their low byte.
pub(super) mod code {
    pub(crate) const BUSY: i32 = 5;
    pub(crate) const LOCKED: i32 = 6;
    pub(crate) const READONLY: i32 = 8;
    pub(crate) const IOERR: i32 = 10;
    pub(crate) const CORRUPT: i32 = 11;
    pub(crate) const FULL: i32 = 13;
    pub(crate) const CANTOPEN: i32 = 14;
    pub(crate) const CONSTRAINT: i32 = 19;
    pub(crate) const NOTADB: i32 = 26;
}

/// What an engine's own code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A constraint refused it: under the expected revision, what a command decided violates none.
    Conflict,
    /// It was broken off before anything came to pass, and may well succeed the next time.
    BrokenOff,
    /// It cannot be done now.
    Hindered(Hindrance),
    Unavailable,
    Corrupt,
    Failed,
}

/// What keeps a database from answering, where people can do something about it. The engine's own words would add nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum Hindrance {
    #[error("another process holds the database; try again")]
    Held,
    #[error("the database is not writable; check the permissions of its file and directory")]
    NotWritable,
    #[error("there is no room left for the database; make some, and try again")]
    Full,
    #[error("the database took longer than `store.statement_timeout`; find out what keeps it busy")]
    TooSlow,
    #[error("another transaction held a lock longer than `store.lock_timeout`; try again")]
    Locked,
    #[error("the database takes no writes: it is a standby, or set read-only; connect to the primary")]
    ReadOnly,
    #[error("the database did not answer in time; see whether the network to it is up")]
    Silent,
    #[error("no connection to the database became free or could be made in time; try again")]
    NoConnection,
}

/// An error after which it is known that nothing was written, and that may well not come again.
#[derive(Debug, Error)]
#[error("the database broke it off")]
struct BrokenOff(#[source] DbErr);

/// An error of a statement within a transaction, or of one that only reads.
pub(super) fn store(error: DbErr) -> StoreError {
    match meaning(&error) {
        Meaning::BrokenOff => StoreError::Unavailable(BrokenOff(error).into()),
        meaning => meaning.told(error),
    }
}

/// The same of a statement that went to SQLite directly.
#[cfg(feature = "sqlite")]
pub(super) fn direct(error: impl Borrow<rusqlite::Error>) -> StoreError {
    let error = error.borrow();
    let meaning = match error.sqlite_error() {
        Some(said) => sqlite_meaning(said.extended_code & 0xff),
        None => Meaning::Failed,
    };
    meaning.told(error.to_string())
}

/// The same of COMMIT.
#[cfg(feature = "sqlite")]
pub(super) fn direct_outcome_unknown(error: &rusqlite::Error) -> StoreError {
    match direct(error) {
        error @ StoreError::Unavailable(_) => error,
        error => StoreError::Unavailable(error.into()),
    }
}

/// An error of a statement that is its own transaction: unless the engine itself said that it did nothing, whether
/// anything was written is not known once the statement was on its way.
pub(super) fn alone(error: DbErr) -> StoreError {
    let was_sent = !matches!(error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_));
    match meaning(&error) {
        Meaning::BrokenOff if was_sent && !is_rolled_back(&error) => outcome_unknown(error),
        // Something was said that is no answer.
        Meaning::Failed if was_sent && sqlstate(&error).is_none() => outcome_unknown(error),
        _ => store(error),
    }
}

/// An error of COMMIT itself: whether anything was written is not known, so it must not be tried again.
pub(super) fn outcome_unknown(error: DbErr) -> StoreError {
    match meaning(&error) {
        Meaning::Hindered(hindrance) => StoreError::Unavailable(hindrance.into()),
        _ => StoreError::Unavailable(error.into()),
    }
}

/// What nobody waits for any longer.
pub(super) fn too_slow() -> StoreError {
    StoreError::Unavailable(Hindrance::Silent.into())
}

/// Whether the same call may simply be made again.
pub(super) fn is_broken_off(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(source) if source.is::<BrokenOff>())
}

/// Whether somebody else held a lock for too long.
pub(super) fn is_locked(error: &StoreError) -> bool {
    is_hindered_by(Hindrance::Locked, error)
}

/// Whether a statement took longer than one may.
#[cfg(feature = "postgres")]
pub(super) fn is_cut_short(error: &StoreError) -> bool {
    is_hindered_by(Hindrance::TooSlow, error)
}

fn is_hindered_by(hindrance: Hindrance, error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(source) if source.downcast_ref() == Some(&hindrance))
}

/// Whether a statement for many failed perhaps for what one of them wants, so that the others may well succeed.
#[cfg(feature = "postgres")]
pub(super) fn may_be_of_one(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict | StoreError::Failed(_)) || is_locked(error)
}

impl Meaning {
    /// The error that says so; `source` are the engine's own words.
    fn told(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        match self {
            Meaning::Conflict => StoreError::Conflict,
            Meaning::Hindered(hindrance) => StoreError::Unavailable(hindrance.into()),
            Meaning::BrokenOff | Meaning::Unavailable => StoreError::Unavailable(source.into()),
            Meaning::Corrupt => StoreError::corrupt("the database file", source),
            Meaning::Failed => StoreError::Failed(source.into()),
        }
    }
}

fn meaning(error: &DbErr) -> Meaning {
    match error {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
            return Meaning::Hindered(Hindrance::NoConnection);
        }
        DbErr::ConnectionAcquire(_) => return Meaning::Unavailable,
        _ => {}
    }
    match source(error) {
        Some(sqlx::Error::Database(said)) => match said.code() {
            Some(code) => meaning_of(&code),
            None => Meaning::Failed,
        },
        // Whoever waited for so long waits no longer.
        Some(sqlx::Error::Io(why)) if why.kind() == ErrorKind::TimedOut => {
            Meaning::Hindered(Hindrance::Silent)
        }
        Some(sqlx::Error::Io(_)) => Meaning::BrokenOff,
        Some(sqlx::Error::PoolTimedOut) => Meaning::Hindered(Hindrance::NoConnection),
        Some(sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) => Meaning::Unavailable,
        _ => Meaning::Failed,
    }
}

/// An SQLSTATE has five characters, and no code of SQLite more than four digits.
fn meaning_of(code: &str) -> Meaning {
    match code.parse::<i32>() {
        Ok(number) if code.len() < 5 => sqlite_meaning(number & 0xff),
        _ => postgres_meaning(code),
    }
}

fn sqlite_meaning(primary_code: i32) -> Meaning {
    match primary_code {
        code::CONSTRAINT => Meaning::Conflict,
        code::BUSY | code::LOCKED => Meaning::Hindered(Hindrance::Held),
        code::READONLY => Meaning::Hindered(Hindrance::NotWritable),
        code::FULL => Meaning::Hindered(Hindrance::Full),
        code::IOERR | code::CANTOPEN => Meaning::Unavailable,
        code::CORRUPT | code::NOTADB => Meaning::Corrupt,
        _ => Meaning::Failed,
    }
}

/// By <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn postgres_meaning(sqlstate: &str) -> Meaning {
    match sqlstate {
        // Serialization failure, deadlock, too many connections; the server was stopped, crashed, or is starting.
        "40001" | "40P01" | "53300" | "57P01" | "57P02" | "57P03" => Meaning::BrokenOff,
        "57014" => Meaning::Hindered(Hindrance::TooSlow),
        "55P03" => Meaning::Hindered(Hindrance::Locked),
        "25006" => Meaning::Hindered(Hindrance::ReadOnly),
        "53100" => Meaning::Hindered(Hindrance::Full),
        "XX001" | "XX002" => Meaning::Corrupt,
        _ if sqlstate.starts_with("08") => Meaning::BrokenOff,
        _ if sqlstate.starts_with("23") => Meaning::Conflict,
        // Insufficient resources; the operator intervened; an error outside PostgreSQL.
        _ if ["53", "57", "58"].iter().any(|class| sqlstate.starts_with(class)) => Meaning::Unavailable,
        _ => Meaning::Failed,
    }
}

/// Whether PostgreSQL itself rolled the statement back. When it was stopped, it may have been just after.
fn is_rolled_back(error: &DbErr) -> bool {
    matches!(sqlstate(error).as_deref(), Some("40001" | "40P01" | "53300" | "57P03"))
}

/// The five characters of PostgreSQL's answer.
pub(super) fn sqlstate(error: &DbErr) -> Option<String> {
    match source(error)? {
        sqlx::Error::Database(error) => Some(error.code()?.into_owned()),
        _ => None,
    }
}

/// The primary code of SQLite's answer.
#[cfg(feature = "sqlite")]
pub(super) fn primary_code(error: &DbErr) -> Option<i32> {
    sqlstate(error)?.parse::<i32>().ok().map(|code| code & 0xff)
}

pub(super) fn source(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => Some(source),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_mean_what_they_say() {
        assert_eq!(meaning_of("787"), Meaning::Conflict, "SQLITE_CONSTRAINT_FOREIGNKEY");
        assert_eq!(meaning_of("23503"), Meaning::Conflict, "foreign_key_violation");
        assert_eq!(meaning_of("5"), Meaning::Hindered(Hindrance::Held));
        assert_eq!(meaning_of("40P01"), Meaning::BrokenOff);
        assert_eq!(meaning_of("40001"), Meaning::BrokenOff);
        assert_eq!(meaning_of("08006"), Meaning::BrokenOff);
        assert_eq!(meaning_of("57014"), Meaning::Hindered(Hindrance::TooSlow));
        assert_eq!(meaning_of("53200"), Meaning::Unavailable, "out of memory");
        assert_eq!(meaning_of("42601"), Meaning::Failed, "syntax_error");
    }

    fn io() -> RuntimeErr {
        RuntimeErr::SqlxError(std::sync::Arc::new(sqlx::Error::Io(
            std::io::ErrorKind::ConnectionReset.into(),
        )))
    }

    #[test]
    fn only_what_surely_was_not_written_is_tried_again() {
        assert!(is_broken_off(&store(DbErr::Exec(io()))), "within a transaction");
        assert!(!is_broken_off(&outcome_unknown(DbErr::Exec(io()))), "COMMIT");
        assert!(!is_broken_off(&alone(DbErr::Exec(io()))), "a statement that is a transaction");
        assert!(is_broken_off(&alone(DbErr::Conn(io()))), "one that was never sent");
        let timeout = store(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        assert!(!is_broken_off(&timeout), "who waited long enough waits no longer");
        assert!(matches!(timeout, StoreError::Unavailable(_)));
    }
}
