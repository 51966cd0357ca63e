//! How much was asked and answered, and how long anybody had to wait.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tonic::Code;

/// What came of the calls of one method.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) ok: u64,
    /// The contract's errors.
    pub(crate) refused: u64,
    pub(crate) aborted: u64,
    pub(crate) unavailable: u64,
    /// Ended with the server.
    pub(crate) torn: u64,
}

/// A time in which nobody served a caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outage {
    pub(crate) lasted: Duration,
    /// When it was over, since the beginning of the run.
    pub(crate) until: Duration,
    pub(crate) caller: String,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: Mutex<BTreeMap<&'static str, Counts>>,
    outage: Mutex<Outage>,
    answers: AtomicU64,
    writes: AtomicU64,
    /// Calls by users whose role was just taken away.
    probes: AtomicU64,
}

impl Tally {
    /// A call was answered: `None` for success.
    pub(crate) fn answer(&self, method: &'static str, refused: Option<Code>) {
        self.count(method, |counts| match refused {
            None => counts.ok += 1,
            Some(Code::Aborted) => counts.aborted += 1,
            Some(Code::Unavailable) => counts.unavailable += 1,
            Some(_) => counts.refused += 1,
        });
        if refused != Some(Code::Unavailable) {
            self.answers.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A call ended with its server.
    pub(crate) fn torn(&self, method: &'static str) {
        self.count(method, |counts| counts.torn += 1);
    }

    fn count(&self, method: &'static str, up: impl FnOnce(&mut Counts)) {
        up(self.calls.lock().unwrap().entry(method).or_default());
    }

    /// A write was answered, or found to have happened.
    pub(crate) fn write(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }

    /// Somebody without a role any more was refused, as it has to be.
    pub(crate) fn probe(&self) {
        self.probes.fetch_add(1, Ordering::SeqCst);
    }

    /// Somebody was not served for so long.
    pub(crate) fn outage(&self, caller: &str, lasted: Duration, until: Duration) {
        let mut longest = self.outage.lock().unwrap();
        if lasted > longest.lasted {
            *longest = Outage { lasted, until, caller: caller.to_owned() };
        }
    }

    /// Whether each of these was answered with success at least once.
    pub(crate) fn has_succeeded(&self, methods: &[&str]) -> bool {
        let calls = self.calls.lock().unwrap();
        methods.iter().all(|method| calls.get(method).is_some_and(|counts| counts.ok > 0))
    }

    /// How many calls were answered so far, one way or the other.
    pub(crate) fn answers(&self) -> u64 {
        self.answers.load(Ordering::SeqCst)
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    pub(crate) fn probes(&self) -> u64 {
        self.probes.load(Ordering::SeqCst)
    }

    pub(crate) fn calls(&self) -> BTreeMap<&'static str, Counts> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn longest_outage(&self) -> Outage {
        self.outage.lock().unwrap().clone()
    }
}
