//! The store behind its guard.
//!
//! **Invariant:** this is the only module that holds the store, and every write in it demands a [`Grant`] or a
//! [`Mandate`], which only a decision of `ovgs-authz` makes. So a write without a decision does not compile. The one
//! exception decides nothing: `notes.rs` keeps when a token was last used.

mod notes;
mod reads;
mod writes;

use std::sync::Arc;

use ovgs_store::Store;

use crate::clock::Clock;

/// The store, with reads for everybody and writes for those allowed.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Guarded {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Guarded {
        Guarded { store, clock }
    }
}
