//! What SQLite says in its own words. All other statements of this module are the same for every engine: parameters are
//! written `$1`, text is compared as bytes, and batches travel as one JSON array, so that one prepared statement serves
//! any size.
//!
//! Room is left for PostgreSQL: there `EACH` is `jsonb_array_elements($1::jsonb) WITH ORDINALITY AS each (value, key)`,
//! a snapshot is REPEATABLE READ, a writing transaction begins as it is, and a queue per organization stands in front of
//! [`commit`](crate::Organizations::commit), so that tasks of one server do not contend in the database. Here the one
//! writing connection is that queue.

use sea_orm::{DbBackend, SqliteTransactionMode, TransactionOptions};

pub(super) const BACKEND: DbBackend = DbBackend::Sqlite;

/// The words of the migrations that differ: what stands in braces, and what is meant.
pub(super) const WORDS: [(&str, &str); 7] = [
    ("{text}", "TEXT"),
    ("{int}", "INTEGER"),
    ("{bool}", "INTEGER"),
    ("{bytes}", "BLOB"),
    ("{position}", "INTEGER PRIMARY KEY"),
    ("{strict}", " STRICT"),
    ("{keyed}", " STRICT, WITHOUT ROWID"),
];

/// Says whether there is a table of that name.
pub(super) const TABLE_EXISTS: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1";

/// The rows of the JSON array `$1`, with their position from 0 in `each.key`.
pub(super) const EACH: &str = "json_each($1) AS each";

/// A text or a number in a row of `EACH` that is an array itself.
pub(super) fn item(index: usize) -> String {
    format!("each.value ->> {index}")
}

/// Bytes in such a row, written in hexadecimal.
pub(super) fn bytes(index: usize) -> String {
    format!("unhex(each.value ->> {index})")
}

/// A transaction that writes takes the lock at its beginning: one that reads first and then turns to writing fails at
/// once if somebody else wrote between, however long it would be ready to wait.
pub(super) fn writing() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// A transaction whose readings all see one state.
pub(super) fn snapshot() -> TransactionOptions {
    TransactionOptions::default()
}
