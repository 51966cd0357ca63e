use std::{collections::VecDeque, ops::RangeInclusive, sync::Arc};

use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use ovgs_authz::{Request, Spot};
use ovgs_domain::{Component, ComponentId, GroupId};
use ovgs_store::Within;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::{SerialDetails, Service, ServiceError, get_group::within, sizes};
use crate::authn::Caller;

/// How many components are read at once, at most; the first page is as small as may be.
const PAGE: RangeInclusive<usize> = 16..=2000;

/// How many octets of components a page is meant to have: pages of large ones are shorter. One call has two pages in memory
/// at most, the one being sent and the next.
const PAGE_OCTETS: usize = 512 * 1024;

/// A page that is being read; it ends with the call.
type Reading = JoinSet<Result<(Vec<Component>, Option<Cursor>), ServiceError>>;

/// What is listed, and for whom.
struct Listing {
    service: Arc<Service>,
    caller: Caller,
    within: Within,
}

/// Where a stream of components stands.
struct Cursor {
    listing: Arc<Listing>,
    after: Option<ComponentId>,
    /// How many are read next.
    limit: usize,
}

impl Service {
    /// The components of a group, in order, read in pages as the reader takes them, one page ahead. Role and token are
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
        let listing = Arc::new(Listing { service, caller, within });
        let first = Cursor { listing: listing.clone(), after: None, limit: *PAGE.start() };
        let pages = stream::try_unfold(Some(first.read()), move |reading| listing.clone().next(reading));
        Ok(pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed())
    }
}

impl Cursor {
    /// Begins to read the next page, while the one before it is sent.
    fn read(self) -> Reading {
        let mut reading = JoinSet::new();
        reading.spawn(self.page().in_current_span());
        reading
    }

    /// The next page, and the cursor behind it unless it is the last.
    async fn page(mut self) -> Result<(Vec<Component>, Option<Cursor>), ServiceError> {
        let Listing { service, within, .. } = &*self.listing;
        let page = service.guarded.components_in(within, self.after.as_ref(), self.limit).await?;
        let is_last = page.len() < self.limit;
        self.after = page.last().map(|component| component.id.clone());
        let octets: usize = page.iter().map(|component| sizes::facts(&component.facts)).sum();
        let fitting = PAGE_OCTETS * page.len() / octets.max(1);
        self.limit = fitting.clamp(*PAGE.start(), *PAGE.end());
        Ok((page, (!is_last).then_some(self)))
    }
}

impl Listing {
    /// The page that was being read, and the one after it, begun.
    async fn next(
        self: Arc<Self>,
        reading: Option<Reading>,
    ) -> Result<Option<(VecDeque<SerialDetails>, Option<Reading>)>, ServiceError> {
        let Some(mut reading) = reading else { return Ok(None) };
        let Some(read) = reading.join_next().await else { return Ok(None) };
        let (page, rest) = read.map_err(ServiceError::internal)??;
        let rest = rest.map(Cursor::read);
        Ok(Some((self.details(page).await?, rest)))
    }

    /// A page as the caller may see it, by the tree of this moment: groups come and go while the stream lasts.
    async fn details(&self, page: Vec<Component>) -> Result<VecDeque<SerialDetails>, ServiceError> {
        let Listing { service, caller, within } = self;
        let Some(revision) = service.guarded.revision(&within.org).await? else {
            return Ok(VecDeque::new());
        };
        let Some(org) = service.trees.at(&within.org, revision).await? else {
            return Ok(VecDeque::new());
        };
        let view = service.policy.view(caller.user(), &org);
        let details = |mut component: Component| {
            // A placement in a group that no longer exists counts as none.
            component.group = component.group.filter(|group| org.group(group).is_some());
            SerialDetails { group_ids: view.group_ids(&component), id: component.id, facts: component.facts }
        };
        Ok(page.into_iter().map(details).collect())
    }
}
