//! Listings of components.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::TryStreamExt as _;
use ovgs_domain::{Component, ComponentId};

use super::{Failure, Fixture, Outcome, holds, open, same, sample};
use crate::{Inventory, Placement, Store, Within};

/// How many listings are under way at once: more than a store may have connections.
const MANY: usize = 24;

/// All components of a listing, whose portions must be as they are promised.
async fn listed(
    store: &dyn Inventory,
    within: &Within,
    after: Option<&ComponentId>,
) -> Result<Vec<Component>, Failure> {
    let portions: Vec<Vec<Component>> = store.listing(within, after.cloned()).try_collect().await?;
    holds("no portion is empty", portions.iter().all(|portion| !portion.is_empty()))?;
    holds("no portion has more than 2000", portions.iter().all(|portion| portion.len() <= 2000))?;
    Ok(portions.into_iter().flatten().collect())
}

/// Founds an organization with five thousand components of two manufacturers, three of them in a group, and a little one.
/// Says what the first one has, in order.
async fn stocked(store: &Arc<dyn Store>) -> Result<Vec<Component>, Failure> {
    sample::found(store, &["a", "b"]).await?;
    sample::commit(store, "a", &sample::created("group-1", "org-a")?).await?;
    let serials: Vec<String> = (0..2500).map(|number| format!("S{number:04}")).collect();
    let mut stock = Vec::new();
    // In the order of bytes.
    for ien in ["10", "9"] {
        let ids: Vec<(&str, &str)> = serials.iter().map(|serial| (ien, serial.as_str())).collect();
        sample::ingest(store, "a", &ids).await?;
        for (ien, serial) in ids {
            stock.push(sample::component("a", ien, serial)?);
        }
    }
    sample::ingest(store, "b", &[("10", "S0000X"), ("30065", "S1")]).await?;
    for component in stock.iter_mut().step_by(2000) {
        component.group = Some(sample::group("group-1")?);
        let Component { id, org, group, .. } = component.clone();
        let placement = Placement { component: id, org, from: None, to: group };
        store.place(&placement, &sample::stamp()?).await?;
    }
    Ok(stock)
}

fn root() -> Result<Within, Failure> {
    Ok(Within { org: sample::org("a")?, group: None })
}

pub(super) async fn listings_bring_what_pages_do(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let root = root()?;
    same("of an unknown organization", listed(&*store, &root, None).await?, Vec::new())?;
    let stock = stocked(&store).await?;
    let group = Within { group: Some(sample::group("group-1")?), ..root.clone() };
    let placed: Vec<Component> = stock.iter().filter(|part| part.group.is_some()).cloned().collect();
    same("those of the group", listed(&*store, &group, None).await?, placed)?;
    holds("all of them are listed", listed(&*store, &root, None).await? == stock)?;
    for (ien, serial) in [("10", "S1500"), ("10", "S2499"), ("11", "S"), ("9", "S2498"), ("9", "T")] {
        let after = sample::id(ien, serial)?;
        let rest: Vec<Component> = stock.iter().filter(|part| part.id > after).cloned().collect();
        let listed = listed(&*store, &root, Some(&after)).await?;
        holds(&format!("those after {after} are listed"), listed == rest)?;
    }
    let other = Within { org: sample::org("b")?, ..group };
    same("of another organization's group", listed(&*store, &other, None).await?, Vec::new())
}

pub(super) async fn listings_leave_room_for_others(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let (_, root) = (stocked(&store).await?, root()?);
    let mut listings: Vec<_> = (0..MANY).map(|_| store.listing(&root, None)).collect();
    let mut seen: Vec<Vec<Component>> = Vec::new();
    for listing in &mut listings {
        seen.push(listing.try_next().await?.unwrap_or_default());
    }
    // All of them are under way.
    holds("the organization is there", store.revision(&root.org).await?.is_some())?;
    let (gone, stamp) = (sample::id("9", "S2000")?, sample::stamp()?);
    store.retire(&gone, &root.org, &stamp).await?;
    sample::ingest(&store, "a", &[("1", "EARLY"), ("9", "S1999X")]).await?;
    for (listing, seen) in listings.into_iter().zip(&mut seen) {
        let rest: Vec<Vec<Component>> = listing.try_collect().await?;
        seen.extend(rest.into_iter().flatten());
    }
    let came = BTreeSet::from([sample::id("1", "EARLY")?, sample::id("9", "S1999X")?, gone]);
    for seen in seen {
        let stayed: Vec<&ComponentId> =
            seen.iter().map(|component| &component.id).filter(|id| !came.contains(id)).collect();
        same("how many that stayed were seen", stayed.len(), 4999)?;
        holds("they were seen in order, and once", stayed.is_sorted_by(|one, next| one < next))?;
    }
    Ok(())
}
