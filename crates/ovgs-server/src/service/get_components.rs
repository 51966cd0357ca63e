use std::{ops::RangeInclusive, sync::Arc};

use futures_util::{
    StreamExt, TryStreamExt,
    future::join,
    stream::{self, BoxStream},
};
use ovgs_authz::{Request, Spot};
use ovgs_domain::{Component, ComponentId, GroupId};
use ovgs_store::Within;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::{SerialDetails, Service, ServiceError, get_group::within, sizes};
use crate::authn::Caller;

/// How many components are read at once, at most; the first page is as small as may be.
const PAGE: RangeInclusive<usize> = 16..=2000;

/// How many octets of components a page is meant to have: pages of large ones are shorter. One call has four pages in memory
/// at most: one is being read, one made ready, one waits, and one is being sent.
const PAGE_OCTETS: usize = 512 * 1024;

/// What is listed, and for whom.
struct Listing {
    service: Arc<Service>,
    caller: Caller,
    within: Within,
}

/// Where a stream of components stands.
struct Cursor<'a> {
    listing: &'a Listing,
    after: Option<ComponentId>,
    /// How many are read next.
    limit: usize,
}

/// Pages as they become ready. Whatever makes them ends with this.
struct Pages {
    ready: mpsc::Receiver<Vec<SerialDetails>>,
    listing: AbortOnDropHandle<Result<(), ServiceError>>,
}

impl Service {
    /// The components of a group, in order, read in pages as the reader takes them, a few pages ahead. Role and token are
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
        let pages = Listing { service, caller, within }.begin();
        let pages = stream::try_unfold(pages, Pages::next);
        Ok(pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed())
    }
}

impl Pages {
    /// The next page, and what comes after it.
    async fn next(mut self) -> Result<Option<(Vec<SerialDetails>, Pages)>, ServiceError> {
        if let Some(page) = self.ready.recv().await {
            return Ok(Some((page, self)));
        }
        self.listing.await.map_err(ServiceError::internal)?.map(|()| None)
    }
}

impl<'a> Cursor<'a> {
    /// The next page, and the cursor behind it unless it is the last.
    async fn page(mut self) -> Result<(Vec<Component>, Option<Cursor<'a>>), ServiceError> {
        let Listing { service, within, .. } = self.listing;
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
    fn begin(self) -> Pages {
        let (pages, ready) = mpsc::channel(1);
        let listing = AbortOnDropHandle::new(tokio::spawn(self.list(pages).in_current_span()));
        Pages { ready, listing }
    }

    /// Makes pages ready, each while the next one is being read.
    async fn list(self, pages: mpsc::Sender<Vec<SerialDetails>>) -> Result<(), ServiceError> {
        let first = Cursor { listing: &self, after: None, limit: *PAGE.start() };
        let (mut page, mut rest) = first.page().await?;
        while let Some(cursor) = rest {
            let (read, is_wanted) = join(cursor.page(), self.hand_on(page, &pages)).await;
            if !is_wanted? {
                return Ok(());
            }
            (page, rest) = read?;
        }
        self.hand_on(page, &pages).await.map(drop)
    }

    /// Makes a page ready. Whether anybody wants to have it.
    async fn hand_on(
        &self,
        page: Vec<Component>,
        pages: &mpsc::Sender<Vec<SerialDetails>>,
    ) -> Result<bool, ServiceError> {
        Ok(pages.send(self.details(page).await?).await.is_ok())
    }

    /// A page as the caller may see it, by the tree of this moment: groups come and go while the stream lasts.
    async fn details(&self, page: Vec<Component>) -> Result<Vec<SerialDetails>, ServiceError> {
        let Listing { service, caller, within } = self;
        let Some(revision) = service.guarded.revision(&within.org).await? else {
            return Ok(Vec::new());
        };
        let Some(org) = service.trees.at(&within.org, revision).await? else {
            return Ok(Vec::new());
        };
        let view = service.policy.view(caller.user(), &org);
        // The group of a component and what is shown of it, which is mostly that of the next one as well.
        let mut before: Option<(Option<GroupId>, Vec<GroupId>)> = None;
        let details = |mut component: Component| {
            let same = before.take().filter(|(group, _)| *group == component.group);
            let (_, group_ids) = before.insert(same.unwrap_or_else(|| {
                let group = component.group.clone();
                // A placement in a group that no longer exists counts as none.
                component.group.take_if(|group| org.group(group).is_none());
                (group, view.group_ids(&component))
            }));
            SerialDetails { group_ids: group_ids.clone(), id: component.id, facts: component.facts }
        };
        Ok(page.into_iter().map(details).collect())
    }
}
