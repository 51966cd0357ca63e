//! OVGS over a vendor's own table of parts.
//!
//! Most vendors know already which part was sold to whom: it stands in their ERP. This example leaves it there.
//! [`ErpInventory`] is an [`Inventory`](ovgs_store::Inventory) over the ERP's tables, here in SQLite; trees, journal and
//! accounts stay in a store of ours, and [`Composed`](ovgs_store::Composed) makes one store of the two.
//!
//! ```text
//!     ERP's database                               ours
//!     customers, deliveries  ── read ──┐           organizations, journal, accounts
//!     ovgs_placements, ovgs_moves ─────┤                 │
//!                             ErpInventory ── Composed ──┘ ── Service
//! ```
//!
//! * **Facts and owners are read, never written.** What is delivered, corrected, sold on or taken back is the ERP's to
//!   write, and counts at the next call. `component import` and its like are refused with such a store.
//! * **Placements are ours**, for no ERP knows of groups: a table beside the ERP's own, in the same database, so that
//!   moving a part is one transaction over where it is and whose it is. A trigger forgets a placement in the very transaction
//!   in which the ERP sells the part on.
//! * **Every value is parsed** like a caller's. What the ERP has and OVGS does not take is
//!   [`StoreError::Corrupt`](ovgs_store::StoreError::Corrupt), and never reaches a voucher.
//! * **Parts of customers who do not use OVGS** belong to nobody here. They still count as namesakes: a device must not take
//!   another customer's voucher for its own.
//!
//! Two databases share no transaction, and two things follow. A group may be deleted at the moment in which a part is placed
//! into it, or with parts in it; a placement in a group that no longer exists counts as none, so the part is in the root
//! again. And our journal tells of what happens in our database: moves of parts are noted in `ovgs_moves`, with author and
//! time, and the ERP's own history tells of the rest. `tests/it` runs every case of the contract but those few.
//!
//! The one thing asked of the ERP's administrator is an index in the order of OVGS's ids, and the two tables and triggers of
//! [`ErpInventory::open`].

mod erp;
mod inventory;
mod rows;

pub use self::{erp::Erp, inventory::ErpInventory};
