//! PostgreSQL, which many servers may share.
//!
//! What every call does goes to the driver directly. Its rows travel as one array for each column, so that one prepared
//! statement serves any number, and what callers want at the same time shares one statement, which is a transaction in
//! itself: one way to the database and back. Everything else goes through sea-orm, as with every engine.

mod appending;
mod listings;
mod opening;
mod placing;
mod statement;

pub use self::opening::{BadDatabaseUrl, PostgresOptions, PostgresTls};
#[cfg(test)]
pub(super) use self::placing::PLACE;
pub(super) use self::{
    appending::append,
    listings::Listings,
    opening::open,
    placing::Placer,
    statement::{Kept, for_texts},
};
