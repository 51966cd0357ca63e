//! SQLite, which is a library in this process.
//!
//! What every call does, and what moves millions of rows, calls it directly, on threads of this module's own: the way through
//! a driver's tasks and channels costs several times what SQLite needs to answer. Everything else goes through sea-orm, as
//! with every engine, and so does a database in memory, which lives in one connection.

mod connecting;
mod direct;
mod log;
mod opening;
mod readers;
mod reading;
mod turn;
mod way;
mod writer;
mod writing;

pub use self::opening::SqliteOptions;
#[cfg(test)]
pub(super) use self::reading::{BY_ID, LOCATE};
pub(super) use self::{
    direct::File,
    opening::{open, open_in_memory},
    turn::Turn,
};

/// A statement for all engines, its parameters as rusqlite binds them: by number.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}
