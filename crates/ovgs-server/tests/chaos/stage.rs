//! What everybody in a run shares.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{fleet::Fleet, ledger::Ledger, tally::Tally};

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) fleet: Fleet,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    over: AtomicBool,
}

impl Stage {
    pub(crate) fn new(fleet: Fleet) -> Stage {
        Stage { fleet, ledger: Ledger::new(), tally: Tally::default(), over: AtomicBool::new(false) }
    }

    /// Has the callers finish what they are at.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Whether nothing new shall be begun.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst) || self.ledger.is_broken()
    }
}
