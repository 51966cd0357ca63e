//! A store in memory.

mod accounts;
mod inventory;
mod journal;
mod organizations;
mod parts;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ovgs_domain::{
    CertId, Change, Event, GroupId, IssuedVoucher, Org, OrgId, Revision, User, floor_to_micros,
};

use self::parts::Parts;
use crate::{Stamp, Store, TokenRecord};

/// Keeps everything in memory and loses it when dropped: for tests, and as an example of what a store must do.
///
/// One lock stands before everything, so that each call sees and leaves one consistent state.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

/// Invariant: every group and certificate of a tree is in `groups` and `certificates`, and every organization named
/// anywhere is in `trees`, the journal apart.
#[derive(Debug, Default)]
struct State {
    trees: BTreeMap<OrgId, Tree>,
    groups: HashMap<GroupId, OrgId>,
    certificates: HashMap<CertId, Certificate>,
    /// The greatest revision of organizations that were deleted.
    bygone: HashMap<OrgId, Revision>,
    parts: Parts,
    vouchers: Vec<IssuedVoucher>,
    events: Vec<(Stamp, Event)>,
    users: BTreeSet<User>,
    tokens: BTreeMap<String, TokenRecord>,
}

/// An organization, and the changes that brought it from `born` to its present revision.
#[derive(Debug)]
struct Tree {
    org: Org,
    born: Revision,
    changes: Vec<Change>,
}

#[derive(Debug)]
struct Certificate {
    org: OrgId,
    der: Arc<[u8]>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Every writer checks everything before it changes anything, so a state is good even if its last user panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn revision(&self, org: &OrgId) -> Option<Revision> {
        self.trees.get(org).map(|tree| tree.org.revision())
    }

    fn record(&mut self, stamp: &Stamp, event: Event) {
        let stamp = Stamp { author: stamp.author.clone(), at: floor_to_micros(stamp.at) };
        self.events.push((stamp, event));
    }
}

impl Store for MemoryStore {}
