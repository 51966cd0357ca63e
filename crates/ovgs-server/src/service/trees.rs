//! The trees in memory: each valid for exactly one revision, catching up by changes, bounded by size.
//!
//! Every call learns the present revision from the store and asks for the tree at it, so any number of servers on one
//! database agree without talking to each other.

use std::{fmt, sync::Arc, time::Duration};

use ovgs_domain::{Change, Org, OrgId, Revision};
use ovgs_store::StoreError;
use quick_cache::{DefaultHashBuilder, Weighter, sync::Cache};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use crate::guarded::Guarded;

/// How many groups, roles and certificates are kept over all organizations, some 300 bytes each.
const CAPACITY: u64 = 1_000_000;

/// How long a task waits for its turn before the store counts as out of reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many queues the writers of all organizations share.
const QUEUES: usize = 1024;

pub(super) struct Trees {
    guarded: Guarded,
    cache: Cache<OrgId, Arc<Org>, BySize>,
    queues: Box<[Mutex<()>]>,
    hasher: DefaultHashBuilder,
}

/// The tree of an organization, in the hands of the one task of this server that may change it now.
pub(super) struct Turn<'a> {
    pub(super) org: Arc<Org>,
    _queue: MutexGuard<'a, ()>,
}

#[derive(Clone)]
struct BySize;

impl Weighter<OrgId, Arc<Org>> for BySize {
    fn weight(&self, _: &OrgId, org: &Arc<Org>) -> u64 {
        let size = |group: &ovgs_domain::Group| 1 + group.members().len() + group.certs().len();
        org.groups().map(size).sum::<usize>() as u64
    }
}

impl Trees {
    pub(super) fn new(guarded: Guarded) -> Trees {
        Trees {
            guarded,
            cache: Cache::with_weighter(1024, CAPACITY, BySize),
            queues: (0..QUEUES).map(|_| Mutex::new(())).collect(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The tree at a revision that was just read, or at a later one. `None` if the organization is gone.
    pub(super) async fn at(&self, id: &OrgId, revision: Revision) -> Result<Option<Arc<Org>>, StoreError> {
        let known = self.cache.get(id);
        match known {
            Some(org) if org.revision() >= revision => Ok(Some(org)),
            Some(org) => match self.catch_up(&org).await? {
                Some(org) => Ok(Some(self.keep(org))),
                None => self.load(id).await,
            },
            None => self.load(id).await,
        }
    }

    /// Waits until no other task of this server changes the organization, then gives its tree. So only servers contend
    /// for a revision, not the tasks of one.
    pub(super) async fn turn(&self, id: &OrgId, revision: Revision) -> Result<Option<Turn<'_>>, StoreError> {
        let index = self.hasher.hash_one(id) as usize % QUEUES;
        let Some(queue) = self.queues.get(index) else { return Ok(None) };
        let Ok(queue) = timeout(PATIENCE, queue.lock()).await else {
            return Err(StoreError::Unavailable("too many changes of the organization are waiting".into()));
        };
        Ok(self.at(id, revision).await?.map(|org| Turn { org, _queue: queue }))
    }

    /// Takes a step that was committed, so that the next reader need not ask for it.
    pub(super) fn advance(&self, org: &Org, change: &Change) {
        let mut next = org.clone();
        if next.apply(change).is_ok() {
            self.keep(next);
        }
    }

    async fn catch_up(&self, org: &Org) -> Result<Option<Org>, StoreError> {
        let Some(changes) = self.guarded.changes_since(org.id(), org.revision()).await? else {
            return Ok(None);
        };
        let mut org = org.clone();
        // A change that does not fit says that the cache lost its place: then the tree is loaded anew.
        Ok(changes.iter().try_for_each(|change| org.apply(change)).is_ok().then_some(org))
    }

    async fn load(&self, id: &OrgId) -> Result<Option<Arc<Org>>, StoreError> {
        Ok(self.guarded.org(id).await?.map(|org| self.keep(org)))
    }

    fn keep(&self, org: Org) -> Arc<Org> {
        let org = Arc::new(org);
        self.cache.insert(org.id().clone(), org.clone());
        org
    }
}

impl fmt::Debug for Trees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trees").field("kept", &self.cache.len()).finish_non_exhaustive()
    }
}
