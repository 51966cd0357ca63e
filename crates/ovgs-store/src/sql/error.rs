//! What an error of the database means to a caller.

use sea_orm::{DbErr, RuntimeErr, sqlx};
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

/// What keeps a database from answering, where people can do something about it. The engine's own words would add nothing.
#[derive(Debug, Error)]
enum Hindrance {
    #[error("another process holds the database; try again")]
    Held,
    #[error("the database is not writable; check the permissions of its file and directory")]
    NotWritable,
    #[error("there is no room left for the database; make some, and try again")]
    Full,
}

/// A refusal by a constraint is a conflict: under the expected revision, what a command decided violates none.
pub(super) fn store(error: DbErr) -> StoreError {
    match primary_code(&error) {
        Some(code::CONSTRAINT) => StoreError::Conflict,
        Some(code::BUSY | code::LOCKED | code::READONLY | code::IOERR | code::FULL | code::CANTOPEN) => {
            unavailable(error)
        }
        Some(code::CORRUPT | code::NOTADB) => StoreError::corrupt("the database file", error),
        Some(_) => StoreError::Failed(error.into()),
        None if out_of_reach(&error) => unavailable(error),
        None => StoreError::Failed(error.into()),
    }
}

/// An error of COMMIT itself: whether anything was written is not known.
pub(super) fn outcome_unknown(error: DbErr) -> StoreError {
    unavailable(error)
}

fn unavailable(error: DbErr) -> StoreError {
    let hindrance = match primary_code(&error) {
        Some(code::BUSY | code::LOCKED) => Hindrance::Held,
        Some(code::READONLY) => Hindrance::NotWritable,
        Some(code::FULL) => Hindrance::Full,
        _ => return StoreError::Unavailable(error.into()),
    };
    StoreError::Unavailable(hindrance.into())
}

pub(super) fn primary_code(error: &DbErr) -> Option<i32> {
    match source(error)? {
        sqlx::Error::Database(error) => error.code()?.parse::<i32>().ok().map(|code| code & 0xff),
        _ => None,
    }
}

fn out_of_reach(error: &DbErr) -> bool {
    let acquiring = matches!(error, DbErr::ConnectionAcquire(_));
    let broken = matches!(
        source(error),
        Some(
            sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        )
    );
    acquiring || broken
}

fn source(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => Some(source),
        _ => None,
    }
}
