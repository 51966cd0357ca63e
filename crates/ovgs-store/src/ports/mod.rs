//! The ports: what a store promises. Times are kept to the microsecond, ids and texts byte for byte.

mod accounts;
mod inventory;
mod journal;
pub(crate) mod listing;
mod organizations;
mod store;

use chrono::{DateTime, Utc};
use ovgs_domain::Author;

pub use self::{
    accounts::{Accounts, TokenRecord},
    inventory::{Correction, Inventory, Placement, Tally, Within},
    journal::{EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, VoucherFilter},
    organizations::{OrgSummary, Organizations},
    store::{Located, Store},
};

/// Who writes, and when. Every write keeps it beside an [`Event`](ovgs_domain::Event) in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Who.
    pub author: Author,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
}
