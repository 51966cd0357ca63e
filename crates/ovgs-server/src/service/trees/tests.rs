//! One reading for many, and never an older tree than was asked for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use ovgs_domain::{
    Author, CertId, Change, Description, GroupId, Org, OrgId, Revision, User, Username, floor_to_micros,
};
use ovgs_store::{Composed, MemoryStore, OrgSummary, Organizations, Stamp, Store, StoreError};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::Trees;
use crate::{
    clock::{Clock, System},
    guarded::Guarded,
};

/// Callers at once.
const CALLERS: usize = 100;

/// Trees that are counted as they are read, and read only through a gate.
#[derive(Debug)]
struct Watched {
    inner: Arc<MemoryStore>,
    /// How many whole trees were asked for, and how often changes were.
    loads: AtomicUsize,
    catch_ups: AtomicUsize,
    /// How many of the next loads fail.
    failing: AtomicUsize,
    /// Closed, whatever was read is held back.
    gate: Semaphore,
}

struct World {
    store: Arc<Watched>,
    trees: Arc<Trees>,
}

fn id(name: &str) -> OrgId {
    OrgId::parse(&format!("org-{name}")).unwrap()
}

fn stamp() -> Stamp {
    Stamp { author: Author::Cli(Username::parse("root").unwrap()), at: floor_to_micros(System.now()) }
}

fn created(group: &str, org: &OrgId) -> Change {
    Change::GroupCreated {
        group: GroupId::parse(group).unwrap(),
        parent: org.root(),
        description: Description::parse(group).unwrap(),
    }
}

impl World {
    /// A cache that may take so many octets, over a store with an `org-a` at revision 0 and the gate open.
    async fn with_capacity(octets: u64) -> World {
        let inner = Arc::new(MemoryStore::new());
        let store = Arc::new(Watched {
            inner: inner.clone(),
            loads: AtomicUsize::new(0),
            catch_ups: AtomicUsize::new(0),
            failing: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        let composed: Arc<dyn Store> =
            Arc::new(Composed::new(store.clone(), inner.clone(), inner.clone(), inner));
        let trees = Arc::new(Trees::with_capacity(Guarded::new(composed, Arc::new(System)), octets));
        let world = World { store, trees };
        world.found("a").await;
        world
    }

    async fn new() -> World {
        World::with_capacity(super::CAPACITY).await
    }

    async fn found(&self, name: &str) {
        let description = Description::parse(name).unwrap();
        self.store.inner.create_org(&id(name), &description, &stamp()).await.unwrap();
    }

    /// Another server makes a group.
    async fn elsewhere(&self, name: &str, group: &str) -> Revision {
        let revision = self.store.inner.revision(&id(name)).await.unwrap().unwrap();
        let change = created(group, &id(name));
        self.store.inner.commit(&id(name), revision, &change, &stamp()).await.unwrap();
        revision.next()
    }

    async fn at(&self, name: &str, revision: u64) -> Org {
        let org = self.trees.at(&id(name), Revision(revision)).await.unwrap().unwrap();
        Org::clone(&org)
    }

    fn close(&self) {
        self.store.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    fn open(&self) {
        self.store.gate.add_permits(Semaphore::MAX_PERMITS);
    }

    /// Callers who all ask for a revision of `org-a`, and wait for it.
    async fn callers(
        &self,
        count: usize,
        revision: u64,
    ) -> Vec<JoinHandle<Result<Option<Arc<Org>>, StoreError>>> {
        let before = self.trees.flights.callers(&id("a"));
        let call = |_| {
            let trees = self.trees.clone();
            tokio::spawn(async move { trees.at(&id("a"), Revision(revision)).await })
        };
        let calls = (0..count).map(call).collect();
        while self.trees.flights.callers(&id("a")) < before + count {
            tokio::task::yield_now().await;
        }
        calls
    }

    fn reads(&self) -> (usize, usize) {
        (self.store.loads.load(Ordering::SeqCst), self.store.catch_ups.load(Ordering::SeqCst))
    }
}

async fn revisions(calls: Vec<JoinHandle<Result<Option<Arc<Org>>, StoreError>>>) -> Vec<u64> {
    let mut revisions = Vec::new();
    for call in calls {
        revisions.push(call.await.unwrap().unwrap().unwrap().revision().0);
    }
    revisions
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_miss_a_tree_load_it_once() {
    let world = World::new().await;
    world.close();
    let calls = world.callers(CALLERS, 0).await;
    world.open();
    assert_eq!(revisions(calls).await, [0; CALLERS]);
    assert_eq!(world.reads(), (1, 0));
    assert_eq!(world.at("a", 0).await.revision(), Revision(0));
    assert_eq!(world.reads(), (1, 0), "and it is kept");
    assert_eq!(world.trees.flights.callers(&id("a")), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_miss_a_change_catch_up_once() {
    let world = World::new().await;
    world.at("a", 0).await;
    world.elsewhere("a", "group-1").await;
    world.elsewhere("a", "group-2").await;
    world.close();
    let calls = world.callers(CALLERS, 2).await;
    world.open();
    assert_eq!(revisions(calls).await, [2; CALLERS]);
    assert_eq!(world.reads(), (1, 1));
    assert_eq!(world.at("a", 2).await, world.store.inner.org(&id("a")).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_of_more_does_not_get_what_was_read_before() {
    let world = World::new().await;
    world.close();
    let first = world.callers(1, 0).await;
    // The first one has read revision 0 by now, and is held back with it.
    while world.reads().0 == 0 {
        tokio::task::yield_now().await;
    }
    world.elsewhere("a", "group-1").await;
    let second = world.callers(CALLERS, 1).await;
    world.open();
    assert_eq!(revisions(first).await, [0]);
    assert_eq!(revisions(second).await, [1; CALLERS]);
    assert_eq!(world.reads(), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_one_callers_and_is_not_kept() {
    let world = World::new().await;
    world.store.failing.store(1, Ordering::SeqCst);
    world.close();
    let calls = world.callers(CALLERS, 0).await;
    world.open();
    let mut failed = 0;
    for call in calls {
        failed += usize::from(call.await.unwrap().is_err());
    }
    assert_eq!((failed, world.reads()), (1, (2, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_strands_nobody() {
    let world = World::new().await;
    world.close();
    let leader = world.callers(1, 0).await;
    while world.reads().0 == 0 {
        tokio::task::yield_now().await;
    }
    let mut calls = world.callers(CALLERS, 0).await;
    // Those who wait first, so that none of them comes to the store before it goes.
    for call in calls.drain(..CALLERS / 2).chain(leader) {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    world.open();
    assert_eq!(revisions(calls).await, [0; CALLERS / 2]);
    assert_eq!((world.reads(), world.trees.flights.callers(&id("a"))), ((2, 0), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reading_replaces_no_later_tree() {
    let world = World::new().await;
    let before = world.at("a", 0).await;
    world.trees.cache.remove(&id("a"));
    world.close();
    let slow = world.callers(1, 0).await;
    while world.reads().0 < 2 {
        tokio::task::yield_now().await;
    }
    // Meanwhile this server commits a step.
    world.elsewhere("a", "group-1").await;
    world.trees.advance(&before, &created("group-1", &id("a")));
    world.open();
    assert_eq!(revisions(slow).await, [0], "what it asked for");
    let reads = world.reads();
    assert_eq!(world.at("a", 1).await.revision(), Revision(1));
    assert_eq!(world.reads(), reads, "the later one was still there");
}

#[tokio::test]
async fn changes_that_do_not_lead_there_are_not_believed() {
    let world = World::new().await;
    let other = World::new().await;
    // A tree of another history under the same name: what happened since does not fit it.
    let stranger = other.at("a", 0).await;
    world.trees.advance(&stranger, &created("group-1", &id("a")));
    world.elsewhere("a", "group-2").await;
    world.elsewhere("a", "group-1").await;
    let found = world.at("a", 2).await;
    assert_eq!(Some(found), world.store.inner.org(&id("a")).await.unwrap());
    assert_eq!(world.reads(), (1, 1), "the changes were asked for first");
    // And a store that has less than it said is out of reach, not believed.
    let refused = world.trees.at(&id("a"), Revision(9)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
}

#[tokio::test]
async fn an_organization_that_is_gone_is_forgotten() {
    let world = World::new().await;
    world.at("a", 0).await;
    world.store.inner.delete_org(&id("a"), Revision(0), &stamp()).await.unwrap();
    assert_eq!(world.trees.at(&id("a"), Revision(1)).await.unwrap(), None);
    assert_eq!(world.trees.cache.len(), 0);
}

#[tokio::test]
async fn trees_keep_within_their_bound() {
    let world = World::new().await;
    let one = world.at("a", 0).await.octets() as u64;
    let world = World::with_capacity(20 * one).await;
    for number in 0..100 {
        let name = format!("n{number:02}");
        world.found(&name).await;
        world.at(&name, 0).await;
        assert!(world.trees.cache.weight() <= 20 * one);
    }
    assert!((10..=20).contains(&world.trees.cache.len()), "{}", world.trees.cache.len());
}

#[tokio::test]
async fn trees_that_grow_where_they_are_keep_within_the_bound() {
    let world = World::with_capacity(20_000).await;
    world.found("b").await;
    for number in 0..100 {
        for name in ["a", "b"] {
            let revision = world.elsewhere(name, &format!("group-{name}-{number}")).await;
            world.at(name, revision.0).await;
            assert!(world.trees.cache.weight() <= 20_000, "{}", world.trees.cache.weight());
        }
    }
    assert!(world.at("a", 100).await.octets() > 10_000, "both do not fit");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_beyond_the_bound_is_kept_alone() {
    let world = World::with_capacity(4096).await;
    for number in 0..100 {
        world.elsewhere("a", &format!("group-{number}")).await;
    }
    world.close();
    let calls = world.callers(CALLERS, 100).await;
    world.open();
    assert_eq!(revisions(calls).await, [100; CALLERS]);
    let tree = world.at("a", 100).await;
    assert!(tree.octets() > 4 * 4096);
    assert_eq!(world.reads(), (1, 0), "it was read once");
    world.elsewhere("a", "group-100").await;
    world.at("a", 101).await;
    assert_eq!(world.reads(), (1, 1), "and catches up");
    world.found("b").await;
    world.at("b", 0).await;
    assert!(world.trees.cache.weight() <= 4096);
}

impl Watched {
    /// Gives what was read through the gate.
    async fn pass<T>(&self, read: T) -> T {
        let _pass = self.gate.acquire().await.unwrap();
        read
    }
}

#[async_trait]
impl Organizations for Watched {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        let read = self.inner.org(id).await;
        self.loads.fetch_add(1, Ordering::SeqCst);
        let read = self.pass(read).await;
        let fails = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() { Err(StoreError::Unavailable("as the test wants it".into())) } else { read }
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        self.inner.revision(id).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let read = self.inner.changes_since(id, since).await;
        self.catch_ups.fetch_add(1, Ordering::SeqCst);
        self.pass(read).await
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.inner.org_of_group(id).await
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.inner.org_of_cert(id).await
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        self.inner.orgs_of_member(user).await
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.inner.certificate(id).await
    }

    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.inner.commit(org, expected, change, stamp).await
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        self.inner.create_org(id, description, stamp).await
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        self.inner.delete_org(id, expected, stamp).await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        self.inner.orgs(after, limit).await
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        self.inner.delegators(delegate).await
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        self.inner.employers(org).await
    }
}
