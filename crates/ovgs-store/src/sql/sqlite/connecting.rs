//! Connections of our own.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

/// How many prepared statements a connection keeps, which is more than there are.
const STATEMENTS: usize = 64;

/// How much of the file a connection that reads keeps in memory, in KiB. It forgets all of it whenever somebody wrote, so more
/// would seldom be filled.
const READ_CACHE: i32 = 4 * 1024;

/// The same of the one that writes, which forgets nothing as long as no other process writes: the places in the indexes where
/// the next rows go.
const WRITE_CACHE: i32 = 32 * 1024;

/// A connection that reads.
pub(super) fn reading(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, busy_timeout, READ_CACHE)
}

/// A connection that writes. Whatever it committed survives a power cut. It leaves the write-ahead log to who keeps it short.
pub(super) fn writing(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, busy_timeout, WRITE_CACHE)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(db)
}

/// No connection is ever used by two threads at once, so it needs no lock of its own.
fn connect(
    path: &Path,
    access: OpenFlags,
    busy_timeout: Duration,
    cache: i32,
) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(busy_timeout)?;
    db.pragma_update(None, "cache_size", -cache)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}
