use std::{collections::VecDeque, ops::RangeInclusive, sync::Arc};

use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use ovgs_authz::{Request, Spot};
use ovgs_domain::{Component, ComponentId, GroupId};
use ovgs_store::Within;

use super::{SerialDetails, Service, ServiceError, get_group::within, sizes};
use crate::authn::Caller;

/// How many components are read at once, at most; the first page is as small as may be.
const PAGE: RangeInclusive<usize> = 16..=500;

/// How many octets of components are meant to be in memory for one call: pages of large ones are shorter.
const PAGE_OCTETS: usize = 1024 * 1024;

/// Where a stream of components stands.
struct Cursor {
    service: Arc<Service>,
    caller: Caller,
    within: Within,
    after: Option<ComponentId>,
    /// How many are read next.
    page: usize,
}

impl Service {
    /// The components of a group, in order, read in pages as the reader takes them. Role and token are checked at the
    /// start; a component that moves meanwhile may or may not appear, none appears twice.
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
        let cursor = Cursor {
            service: self.clone(),
            caller: caller.clone(),
            within: within(&org, group),
            after: None,
            page: *PAGE.start(),
        };
        let pages = stream::try_unfold(Some(cursor), Cursor::next);
        Ok(pages.map_ok(|page| stream::iter(page).map(Ok)).try_flatten().boxed())
    }
}

impl Cursor {
    /// The next page, and the cursor behind it unless it is the last.
    async fn next(
        cursor: Option<Cursor>,
    ) -> Result<Option<(VecDeque<SerialDetails>, Option<Cursor>)>, ServiceError> {
        let Some(mut cursor) = cursor else { return Ok(None) };
        let guarded = &cursor.service.guarded;
        let page = guarded.components_in(&cursor.within, cursor.after.as_ref(), cursor.page).await?;
        let is_last = page.len() < cursor.page;
        cursor.after = page.last().map(|component| component.id.clone());
        let details = cursor.details(page).await?;
        let octets: usize = details.iter().map(sizes::serial).sum();
        let fitting = PAGE_OCTETS * details.len() / octets.max(1);
        cursor.page = fitting.clamp(*PAGE.start(), *PAGE.end());
        Ok(Some((details, (!is_last).then_some(cursor))))
    }

    /// A page as the caller may see it, by the tree of this moment: groups come and go while the stream lasts.
    async fn details(&self, page: Vec<Component>) -> Result<VecDeque<SerialDetails>, ServiceError> {
        let Some(revision) = self.service.guarded.revision(&self.within.org).await? else {
            return Ok(VecDeque::new());
        };
        let Some(org) = self.service.trees.at(&self.within.org, revision).await? else {
            return Ok(VecDeque::new());
        };
        let view = self.service.policy.view(self.caller.user(), &org);
        let details = |component: Component| SerialDetails {
            group_ids: view.group_ids(&component),
            id: component.id,
            facts: component.facts,
        };
        Ok(page.into_iter().map(details).collect())
    }
}
