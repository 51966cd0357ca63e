//! Listings made of pages.

use futures_util::stream::{self, BoxStream, StreamExt};
use ovgs_domain::{Component, ComponentId};

use super::{Inventory, Within};
use crate::StoreError;

/// How many components are read at once, at first and at most.
const PAGE: (usize, usize) = (16, 2000);

/// How many octets of components a portion is meant to have: those of large ones are shorter.
pub(crate) const PORTION_OCTETS: usize = 512 * 1024;

/// Where a listing stands.
struct Cursor {
    after: Option<ComponentId>,
    /// How many are read next; nothing after the last page.
    limit: Option<usize>,
}

/// What [`Inventory::listing`] answers, by as many pages as there are.
pub(crate) fn in_pages<'a, I: Inventory + ?Sized>(
    inventory: &'a I,
    within: &'a Within,
    after: Option<ComponentId>,
) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
    let next = async move |Cursor { after, limit }: Cursor| {
        let Some(limit) = limit else { return Ok(None) };
        let page = inventory.components_in(within, after.as_ref(), limit).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let after = Some(last.id.clone());
        let limit = (page.len() == limit).then(|| fitting(&page));
        Ok(Some((page, Cursor { after, limit })))
    };
    stream::try_unfold(Cursor { after, limit: Some(PAGE.0) }, next).boxed()
}

/// About how many octets a component takes.
pub(crate) fn octets(component: &Component) -> usize {
    /// Everything that has not much of a length.
    const REST: usize = 100;
    REST + component.facts.der_octets()
}

/// How many like these make a portion.
fn fitting(page: &[Component]) -> usize {
    let octets: usize = page.iter().map(octets).sum();
    (PORTION_OCTETS * page.len() / octets.max(1)).clamp(PAGE.0, PAGE.1)
}
