//! The trees in memory: each valid for exactly one revision, catching up by changes, bounded by the memory they take.
//!
//! Every call learns the present revision from the store and asks for the tree at it, so any number of servers on one
//! database agree without talking to each other. What is missing is fetched once, however many calls miss it.

mod flights;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use ovgs_domain::{Change, Org, OrgId, Revision};
use ovgs_store::StoreError;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, EntryAction, EntryResult},
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use self::flights::Flights;
use crate::guarded::Guarded;

/// How much memory the trees may take, in octets, over all organizations.
const CAPACITY: u64 = 256 * 1024 * 1024;

/// How many trees the cache is laid out for; it takes any number. So few make it a single shard, and a tree must fit into
/// one: each shard would have its share of the bound.
const EXPECTED: usize = 32;

/// How long a task waits for its turn before the store counts as out of reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many queues the writers of all organizations share.
const QUEUES: usize = 1024;

pub(super) struct Trees {
    guarded: Guarded,
    cache: Cache<OrgId, Arc<Org>, ByOctets>,
    /// What the cache may hold.
    octets: u64,
    flights: Flights,
    queues: Box<[Mutex<()>]>,
    hasher: DefaultHashBuilder,
}

/// The tree of an organization, in the hands of the one task of this server that may change it now.
pub(super) struct Turn<'a> {
    pub(super) org: Arc<Org>,
    _queue: MutexGuard<'a, ()>,
}

/// Weighs trees, none heavier than a cache of this capacity takes in: a tree beyond the bound is kept alone, for else
/// each call would hold one of its own.
#[derive(Clone)]
struct ByOctets {
    heaviest: u64,
}

impl Weighter<OrgId, Arc<Org>> for ByOctets {
    fn weight(&self, _: &OrgId, org: &Arc<Org>) -> u64 {
        (org.octets() as u64).min(self.heaviest)
    }
}

impl Trees {
    pub(super) fn new(guarded: Guarded) -> Trees {
        Trees::with_capacity(guarded, CAPACITY)
    }

    fn with_capacity(guarded: Guarded, octets: u64) -> Trees {
        // Within what the cache lets in: it reserves a little for newcomers.
        let weighter = ByOctets { heaviest: octets / 10 * 9 };
        let cache = Cache::with_weighter(EXPECTED, octets, weighter);
        Trees {
            guarded,
            cache,
            octets,
            flights: Flights::default(),
            queues: (0..QUEUES).map(|_| Mutex::new(())).collect(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// The tree at a revision that was just read, or at a later one. `None` if the organization is gone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if others are reading it for too long, or the store answers an older one than it said
    /// there is; else as the store says.
    pub(super) async fn at(&self, id: &OrgId, revision: Revision) -> Result<Option<Arc<Org>>, StoreError> {
        let reached = |org: &Arc<Org>| org.revision() >= revision;
        if let Some(org) = self.cache.get(id).filter(reached) {
            return Ok(Some(org));
        }
        let seat = self.flights.join(id);
        let mut landed = seat.turn(PATIENCE).await?;
        // Who was here before may have left when this caller's revision was not there yet.
        let known = landed.take().into_iter().chain(self.cache.get(id)).max_by_key(|org| org.revision());
        let org = match known {
            Some(org) if reached(&org) => Some(org),
            Some(org) => self.caught_up(&org, revision).await?,
            None => self.loaded(id, revision).await?,
        };
        landed.clone_from(&org);
        Ok(org)
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
            self.keep(Arc::new(next));
        }
    }

    /// A tree that was known, with the changes since; loaded anew if they are not all there, or do not lead to where the
    /// store said it is.
    async fn caught_up(&self, org: &Org, revision: Revision) -> Result<Option<Arc<Org>>, StoreError> {
        let Some(changes) = self.guarded.changes_since(org.id(), org.revision()).await? else {
            return self.loaded(org.id(), revision).await;
        };
        let mut next = org.clone();
        // A change that does not fit says that the cache lost its place.
        let fits = changes.iter().try_for_each(|change| next.apply(change)).is_ok();
        if !fits || next.revision() < revision {
            return self.loaded(org.id(), revision).await;
        }
        Ok(Some(self.keep(Arc::new(next))))
    }

    async fn loaded(&self, id: &OrgId, revision: Revision) -> Result<Option<Arc<Org>>, StoreError> {
        match self.guarded.org(id).await? {
            Some(org) if org.revision() >= revision => Ok(Some(self.keep(Arc::new(org)))),
            Some(org) => {
                let found = org.revision();
                Err(StoreError::Unavailable(
                    format!("the tree of `{id}` is at revision {found}, not yet at {revision}").into(),
                ))
            }
            None => {
                self.cache.remove(id);
                Ok(None)
            }
        }
    }

    /// Keeps a tree, unless a later one is there: of two that were fetched, the slower may be the older.
    fn keep(&self, org: Arc<Org>) -> Arc<Org> {
        let kept = self.cache.entry(org.id(), None, |_, known| {
            if known.revision() < org.revision() {
                *known = org.clone();
            }
            EntryAction::Retain(())
        });
        if let EntryResult::Vacant(place) = kept {
            // What is cleared away while it is put there is not kept, which harms nobody.
            let _ = place.insert(org.clone());
        } else if self.cache.weight() > self.octets {
            // A tree that grows where it is makes nothing leave; a bound that is set does, even to what it was.
            self.cache.set_capacity(self.octets);
        }
        org
    }
}

impl fmt::Debug for Trees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trees").field("kept", &self.cache.len()).finish_non_exhaustive()
    }
}
