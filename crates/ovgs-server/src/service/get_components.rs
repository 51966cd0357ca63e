use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{
    StreamExt, TryStreamExt,
    future::join,
    stream::{self, BoxStream},
};
use ovgs_authz::{Request, Spot};
use ovgs_domain::{Component, ComponentId, GroupId, Org};
use ovgs_store::{StoreError, Within};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument as _, Span};

use super::{SerialDetails, Service, ServiceError, get_group::within};
use crate::authn::Caller;

/// How many portions are ready at most. One more is made ready, another one read, and one is being sent.
const AHEAD: usize = 3;

/// How long the store's connection is kept while nobody takes what it brought.
const PATIENCE: Duration = Duration::from_millis(20);

/// How old a tree may be by which a portion is shown: to ask for each one's costs as much as a tenth of it.
const FRESH: Duration = Duration::from_millis(100);

/// What is listed, and for whom.
struct Listing {
    service: Arc<Service>,
    caller: Caller,
    within: Within,
}

/// Portions as they become ready. Whatever makes them ends with this.
struct Portions {
    ready: mpsc::Receiver<Vec<SerialDetails>>,
    listing: AbortOnDropHandle<Result<(), ServiceError>>,
}

/// A tree, and when it was the present one.
struct Tree {
    asked_at: Instant,
    org: Arc<Org>,
}

impl Service {
    /// The components of a group, in order, read as the reader takes them, a few portions ahead. Role and token are
    /// checked at the start; a component that moves meanwhile may or may not appear, none appears twice.
    ///
    /// # Errors
    /// `NotFound`; `Denied` without REQUESTOR in the group. The stream itself fails with what the store says.
    pub async fn get_components(
        self: &Arc<Self>,
        caller: &Caller,
        group: &GroupId,
    ) -> Result<BoxStream<'static, Result<SerialDetails, ServiceError>>, ServiceError> {
        let org = self.find_group(caller, group).await?;
        let request = Request::GetComponents { group: Spot { org: &org, group } };
        let _grant = self.policy.decide(caller.user(), &request)?;
        let (service, caller, within) = (self.clone(), caller.clone(), within(&org, group));
        let portions = Listing { service, caller, within }.begin();
        let portions = stream::try_unfold(portions, Portions::next);
        Ok(portions.map_ok(|portion| stream::iter(portion).map(Ok)).try_flatten().boxed())
    }
}

impl Portions {
    /// The next portion, and what comes after it.
    async fn next(mut self) -> Result<Option<(Vec<SerialDetails>, Portions)>, ServiceError> {
        if let Some(portion) = self.ready.recv().await {
            return Ok(Some((portion, self)));
        }
        self.listing.await.map_err(ServiceError::internal)?.map(|()| None)
    }
}

impl Listing {
    fn begin(self) -> Portions {
        let (portions, ready) = mpsc::channel(AHEAD);
        // Not all of it is in the span of the call: a driver enters that for each row.
        let listing = tokio::spawn(self.list(portions, Span::current()));
        Portions { ready, listing: AbortOnDropHandle::new(listing) }
    }

    /// Makes portions ready, each while the next one is being read.
    async fn list(self, portions: mpsc::Sender<Vec<SerialDetails>>, span: Span) -> Result<(), ServiceError> {
        let mut tree = None;
        let mut components = self.components(None);
        let mut portion = components.try_next().await?;
        while let Some(read) = portion {
            let hand_on = self.hand_on(read, &mut tree, &portions).instrument(span.clone());
            let (next, waiting) = join(components.try_next(), hand_on).await;
            let waiting = waiting?;
            portion = next?;
            if let Some(made) = waiting {
                // What the store keeps for it is not kept for a reader who takes his time.
                let last = portion.iter().flatten().last();
                components = self.components(last.map(|component| component.id.clone()));
                if portions.send(made).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn components(&self, after: Option<ComponentId>) -> BoxStream<'_, Result<Vec<Component>, StoreError>> {
        self.service.guarded.listing(&self.within, after)
    }

    /// Makes a portion ready. Returns it if nobody takes it soon.
    async fn hand_on(
        &self,
        read: Vec<Component>,
        tree: &mut Option<Tree>,
        portions: &mpsc::Sender<Vec<SerialDetails>>,
    ) -> Result<Option<Vec<SerialDetails>>, ServiceError> {
        if !tree.as_ref().is_some_and(|tree| tree.serves(&read)) {
            *tree = self.tree().await?;
        }
        let made = tree.as_ref().map_or_else(Vec::new, |tree| self.details(read, &tree.org));
        match timeout(PATIENCE, portions.reserve()).await {
            Ok(Ok(room)) => {
                room.send(made);
                Ok(None)
            }
            _ => Ok(Some(made)),
        }
    }

    /// The present tree, unless the organization is gone.
    async fn tree(&self) -> Result<Option<Tree>, ServiceError> {
        let (Listing { service, within, .. }, asked_at) = (self, Instant::now());
        let Some(revision) = service.guarded.revision(&within.org).await? else { return Ok(None) };
        let org = service.trees.at(&within.org, revision).await?;
        Ok(org.map(|org| Tree { asked_at, org }))
    }

    /// A portion as the caller may see it.
    fn details(&self, portion: Vec<Component>, org: &Org) -> Vec<SerialDetails> {
        let view = self.service.policy.view(self.caller.user(), org);
        // The group of a component and what is shown of it, which is mostly that of the next one as well.
        let mut before: Option<(Option<GroupId>, Arc<[GroupId]>)> = None;
        let details = |mut component: Component| {
            let same = before.take().filter(|(group, _)| *group == component.group);
            let (_, group_ids) = before.insert(same.unwrap_or_else(|| {
                let group = component.group.clone();
                // A placement in a group that no longer exists counts as none.
                component.group.take_if(|group| org.group(group).is_none());
                (group, view.group_ids(&component).into())
            }));
            SerialDetails { group_ids: group_ids.clone(), id: component.id, facts: component.facts }
        };
        portion.into_iter().map(details).collect()
    }
}

impl Tree {
    /// Whether it may still be shown: groups come and go while a stream lasts, and it must know those there are now.
    fn serves(&self, portion: &[Component]) -> bool {
        let knows = |run: &[Component]| {
            let group = run.first().and_then(|component| component.group.as_ref());
            group.is_none_or(|group| self.org.group(group).is_some())
        };
        self.asked_at.elapsed() < FRESH && portion.chunk_by(|one, next| one.group == next.group).all(knows)
    }
}

#[cfg(test)]
mod tests {
    use ovgs_domain::{Description, Facts, Ien, OrgId, SerialNumber, commands};

    use super::*;

    #[test]
    fn a_tree_serves_while_it_is_fresh_and_knows_all_groups() {
        let group = |id: &str| Some(GroupId::parse(id).unwrap());
        let mut org = Org::new(OrgId::parse("org-a").unwrap(), Description::parse("A").unwrap());
        let known = group("group-1").unwrap();
        let change =
            commands::create_group(&org, org.root(), known, Description::parse("Berlin").unwrap()).unwrap();
        org.apply(&change).unwrap();
        let portion = |groups: [Option<GroupId>; 3]| {
            groups.map(|group| Component {
                id: ComponentId {
                    ien: Ien::parse("30065").unwrap(),
                    serial_number: SerialNumber::parse("ABC101").unwrap(),
                },
                org: OrgId::parse("org-a").unwrap(),
                group,
                facts: Facts::default(),
            })
        };
        let (now, org) = (Instant::now(), Arc::new(org));
        let fresh = Tree { asked_at: now + FRESH, org: org.clone() };
        assert!(fresh.serves(&[]));
        assert!(fresh.serves(&portion([None, group("group-1"), group("group-1")])));
        assert!(!fresh.serves(&portion([group("group-1"), None, group("group-2")])));
        assert!(!fresh.serves(&portion([group("group-1"), group("group-2"), group("group-1")])));
        let old = Tree { asked_at: now.checked_sub(FRESH).unwrap(), org };
        assert!(!old.serves(&portion([None, None, None])));
    }
}
