//! What was answered, and therefore must be true from then on.
//!
//! Each thing has one writer (the [prizes](Ledger::claim) of contests apart), which repeats a write until its outcome is
//! known. So the values that a thing had, one after the other, are known exactly; only a write that its writer walked away
//! from may or may not have happened, and it is the thing's last.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use ovgs_domain::Fingerprint;

/// How many violations are told of one run.
const TOLD: usize = 25;

/// Something that writes change. Its value is a text, or none while it is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    /// The group of this description; its value is its id.
    Group { parent: String, description: String },
    /// The role of a user in a group.
    Role { group: String, user: String },
    /// The delegation of a group to an organization; its value is empty.
    Delegation { group: String, org: String },
    /// Where a component is beside the root; its value is a group.
    Place { serial: String },
    /// The certificate in a group that expires at this second; its value is its id.
    Cert { group: String, expiry: i64 },
}

/// Which call says so.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub(crate) call: &'static str,
    pub(crate) request_id: String,
    pub(crate) caller: String,
    /// Since the beginning of the run.
    pub(crate) at: Duration,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Evidence { call, request_id, caller, at } = self;
        write!(f, "{call} `{request_id}` by {caller} at {:.3} s", at.as_secs_f64())
    }
}

/// A write.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What the thing is from then on; `None`: it is gone, or its id is not known.
    pub(crate) value: Option<String>,
    /// Whether it was answered. Otherwise the thing may or may not have been made.
    pub(crate) answered: bool,
    pub(crate) evidence: Evidence,
}

/// A voucher that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) voucher: Fingerprint,
    pub(crate) serial: String,
    pub(crate) cert_id: String,
    pub(crate) evidence: Evidence,
}

/// The moves of a component that several move.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves {
    /// Those that were answered, and where to.
    pub(crate) answered: Vec<(Option<String>, Evidence)>,
    /// How many may or may not have happened.
    pub(crate) doubtful: usize,
}

/// What was won in a contest, by whom if that is known.
#[derive(Debug)]
struct Prize {
    id: String,
    winner: Option<Evidence>,
    /// Attempts that may have won unseen.
    doubts: usize,
}

#[derive(Debug)]
pub(crate) struct Ledger {
    began: Instant,
    things: Mutex<BTreeMap<Thing, Vec<Entry>>>,
    contested: Mutex<BTreeMap<String, Moves>>,
    prizes: Mutex<BTreeMap<Thing, Prize>>,
    vouchers: Mutex<Vec<Issued>>,
    /// Vouchers that may have been recorded though nobody got them.
    lost_vouchers: Mutex<usize>,
    violations: Mutex<Vec<String>>,
    broken: AtomicBool,
}

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger {
            began: Instant::now(),
            things: Mutex::default(),
            contested: Mutex::default(),
            prizes: Mutex::default(),
            vouchers: Mutex::default(),
            lost_vouchers: Mutex::default(),
            violations: Mutex::default(),
            broken: AtomicBool::new(false),
        }
    }

    /// How long the run has been going on.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// A thing got another value, once.
    pub(crate) fn answered(&self, thing: Thing, value: Option<String>, evidence: Evidence) {
        self.enter(thing, Entry { value, answered: true, evidence });
    }

    /// A thing may have been made, and nobody will touch it any more.
    pub(crate) fn abandoned(&self, thing: Thing, evidence: Evidence) {
        self.enter(thing, Entry { value: None, answered: false, evidence });
    }

    fn enter(&self, thing: Thing, entry: Entry) {
        self.things.lock().unwrap().entry(thing).or_default().push(entry);
    }

    /// One of several who made the same thing at once heard that it is there: as its own, or as somebody else's. Exactly one
    /// may have made it. The attempts in `doubts` may have, before the last one.
    pub(crate) fn claim(&self, thing: Thing, id: &str, won: bool, doubts: usize, evidence: Evidence) {
        let mut prizes = self.prizes.lock().unwrap();
        let prize = prizes.entry(thing.clone()).or_insert_with(|| {
            self.answered(thing.clone(), Some(id.to_owned()), evidence.clone());
            Prize { id: id.to_owned(), winner: None, doubts: 0 }
        });
        prize.doubts += doubts;
        if prize.id != id {
            self.violation(format!("{thing:?} is both `{}` and `{id}`, says {evidence}", prize.id));
        }
        match (&prize.winner, won) {
            (Some(first), true) => {
                self.violation(format!("two made {thing:?}: {first}, and {evidence}"));
            }
            (None, true) => prize.winner = Some(evidence),
            (_, false) => {}
        }
    }

    /// What somebody must have made, and nobody did. For the end, when all have been answered.
    pub(crate) fn not_won(&self) -> Vec<Thing> {
        let prizes = self.prizes.lock().unwrap();
        let nobody = prizes.iter().filter(|(_, prize)| prize.winner.is_none() && prize.doubts == 0);
        nobody.map(|(thing, _)| thing.clone()).collect()
    }

    /// A contested component was moved.
    pub(crate) fn moved(&self, serial: &str, to: Option<String>, evidence: Evidence) {
        self.contested.lock().unwrap().entry(serial.to_owned()).or_default().answered.push((to, evidence));
    }

    /// A contested component may have been moved so often.
    pub(crate) fn maybe_moved(&self, serial: &str, times: usize) {
        self.contested.lock().unwrap().entry(serial.to_owned()).or_default().doubtful += times;
    }

    pub(crate) fn issued(&self, issued: Issued) {
        self.vouchers.lock().unwrap().push(issued);
    }

    /// So many vouchers may have been signed and recorded without an answer.
    pub(crate) fn maybe_issued(&self, count: usize) {
        *self.lost_vouchers.lock().unwrap() += count;
    }

    /// Something happened that must not.
    pub(crate) fn violation(&self, what: impl Into<String>) {
        self.broken.store(true, Ordering::SeqCst);
        let what = format!("{:.3} s: {}", self.elapsed().as_secs_f64(), what.into());
        let mut violations = self.violations.lock().unwrap();
        if violations.len() < TOLD {
            eprintln!("VIOLATION at {what}");
        }
        violations.push(what);
    }

    /// Whether something happened that must not.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst)
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    /// Everything that writes changed, with its whole history.
    pub(crate) fn things(&self) -> BTreeMap<Thing, Vec<Entry>> {
        self.things.lock().unwrap().clone()
    }

    /// The components that several moved.
    pub(crate) fn contested(&self) -> BTreeMap<String, Moves> {
        self.contested.lock().unwrap().clone()
    }

    pub(crate) fn vouchers(&self) -> Vec<Issued> {
        self.vouchers.lock().unwrap().clone()
    }

    pub(crate) fn lost_vouchers(&self) -> usize {
        *self.lost_vouchers.lock().unwrap()
    }
}
