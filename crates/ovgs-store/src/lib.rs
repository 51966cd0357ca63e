//! What OVGS needs of a database: a few small ports, and stores that keep them.
//!
//! A store holds no rules, so nobody's store can get them wrong: it reads, and it writes if what the writer saw is
//! still so ([`StoreError::Conflict`] if not). Any backend with compare-and-set qualifies. The ports are
//! [`Organizations`], [`Inventory`], [`Journal`] and [`Accounts`]; [`Store`] is all of them, and [`Composed`] makes
//! one [`Store`] of ports that live in different places.
//!
//! Ours are [`MemoryStore`] and, with feature `sqlite` or `postgres`, `SqlStore`, whose database `SqlDatabase` opens and
//! migrates. Who writes another one holds it against the `contract`, which the feature of that name brings, and may keep
//! what it keeps in the form of `json`, which feature `json` brings.
//!
//! ```
//! use ovgs_domain::{Author, Description, GroupId, OrgId, Username, commands};
//! use ovgs_store::{MemoryStore, Organizations, Stamp};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let stamp = Stamp { author: Author::Cli(Username::parse("root")?), at: chrono::DateTime::UNIX_EPOCH };
//! let acme = OrgId::parse("org-acmeco")?;
//! store.create_org(&acme, &Description::parse("Acme")?, &stamp).await?;
//!
//! // Read, decide, and write if nobody was faster.
//! let org = store.org(&acme).await?.ok_or("unknown")?;
//! let berlin = GroupId::parse("group-1")?;
//! let change = commands::create_group(&org, org.root(), berlin.clone(), Description::parse("Berlin")?)?;
//! store.commit(&acme, org.revision(), &change, &stamp).await?;
//!
//! let found = store.org(&acme).await?.ok_or("unknown")?;
//! assert!(found.group(&berlin).is_some());
//! assert_eq!(found.revision(), org.revision().next());
//! # Ok(())
//! # }
//! ```
//!
//! Start reading at [`Store`], then its ports.

mod composed;
#[cfg(feature = "contract")]
pub mod contract;
mod error;
#[cfg(feature = "json")]
pub mod json;
mod memory;
mod ports;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
mod subjects;
#[cfg(all(unix, feature = "testing"))]
pub mod testing;

#[cfg(feature = "sqlite")]
pub use self::sql::SqliteOptions;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::sql::{
    BackupError, BackupOrigin, Checked, DatabaseStatus, RowCounts, Rule, SqlDatabase, SqlStore, Violation,
};
#[cfg(feature = "postgres")]
pub use self::sql::{BadDatabaseUrl, PostgresOptions, PostgresTls};
pub use self::{
    composed::Composed,
    error::StoreError,
    memory::MemoryStore,
    ports::{
        Accounts, Correction, EventFilter, Inventory, Journal, JournaledVoucher, Located, OrgSummary,
        Organizations, Placement, Position, RecordedEvent, Stamp, Store, Tally, TokenRecord, VoucherFilter,
        Within,
    },
};
