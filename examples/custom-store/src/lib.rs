//! A store of one's own: OVGS over [redb], an embedded key-value library that knows nothing of SQL.
//!
//! It is complete, and holds the whole contract of `ovgs-store` (`tests/it`). What it shows:
//!
//! * **All of it is ordered tables of text.** A key is its parts with a NUL between them, which no id may contain, so that
//!   keys sort as the ids do and everything under a first part lies together.
//! * **A tree is its last snapshot and the changes since.** The changes have to be kept anyway, for the caches of other
//!   servers; `Org::apply` knows what fits, so no rule of a tree is written here a second time.
//! * **What crosses organizations is looked up in small indexes**: whose a group is, who holds roles where, who lists whom.
//! * **One writer at a time, and readings of a snapshot.** That is how redb works, and makes every compare-and-set a plain
//!   comparison. A store with many writers does the comparison in its own conditional write instead.
//!
//! What it leaves to stores for many years: the journal is searched from its beginning, and every append is a
//! transaction of its own.
//!
//! ```
//! use custom_store::RedbStore;
//! use ovgs_domain::{Author, Description, OrgId, Username};
//! use ovgs_store::{Organizations, Stamp};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("ovgs.redb");
//! let store = RedbStore::open(&path)?;
//! let stamp = Stamp { author: Author::Cli(Username::parse("root")?), at: std::time::UNIX_EPOCH.into() };
//! let acme = OrgId::parse("org-acmeco")?;
//! assert!(store.create_org(&acme, &Description::parse("Acme")?, &stamp).await?);
//! assert!(store.org(&acme).await?.is_some());
//! # Ok(())
//! # }
//! ```

mod accounts;
mod inventory;
mod journal;
mod organizations;
mod store;
mod tables;
mod tree;

pub use self::store::RedbStore;
