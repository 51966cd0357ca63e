//! Components.

use std::collections::BTreeSet;

use ovgs_domain::{Component, ComponentId, Facts, Ien};

use super::{Failure, Fixture, Outcome, holds, open, refused, same, sample};
use crate::{Correction, EventFilter, Inventory, Placement, Tally, Within};

pub(super) async fn components_are_answered_in_the_order_asked(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    same("an empty question", store.components(&[]).await?, Vec::new())?;
    sample::found(&store, &["a", "b"]).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101"), ("9", "ABC101")]).await?;
    sample::ingest(&store, "b", &[("30065", "ABC102")]).await?;
    let asked =
        [("30065", "ABC102"), ("30065", "X"), ("9", "ABC101"), ("30065", "ABC102"), ("30065", "ABC101")];
    let ids: Vec<ComponentId> =
        asked.into_iter().map(|(ien, serial)| sample::id(ien, serial)).collect::<Result<_, _>>()?;
    let of_b = Some(sample::component("b", "30065", "ABC102")?);
    let expected = vec![
        of_b.clone(),
        None,
        Some(sample::component("a", "9", "ABC101")?),
        of_b,
        Some(sample::component("a", "30065", "ABC101")?),
    ];
    same("the answers", store.components(&ids).await?, expected)
}

pub(super) async fn facts_come_back_as_they_were(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    // More than SQLite takes in one statement; neighbours differ, and the last ones have none.
    let new = (0..120).map(|number| {
        let facts = match number % 4 {
            0 => sample::facts()?,
            1 => sample::certified()?,
            _ => Facts::default(),
        };
        Ok(Component { facts, ..sample::component("a", "30065", &format!("ABC{number:03}"))? })
    });
    let new = new.collect::<Result<Vec<_>, Failure>>()?;
    store.ingest(&new, &[], &sample::stamp()?).await?;
    let ids: Vec<ComponentId> = new.iter().map(|component| component.id.clone()).collect();
    let found = open(fixture).await?.components(&ids).await?;
    same("the components", found, new.into_iter().map(Some).collect())
}

pub(super) async fn serial_numbers_are_compared_byte_for_byte(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let known = ["ABC101", "abc101", "ABC 101", "ABC%", "ABC_01", "007", "7", "ABC'\"\\101"];
    sample::ingest(&store, "a", &known.map(|serial| ("30065", serial))).await?;
    for serial in known {
        let found = store.components(&[sample::id("30065", serial)?]).await?;
        same(serial, found, vec![Some(sample::component("a", "30065", serial)?)])?;
    }
    for unknown in ["Abc101", "ABC  101", "ABC1", "ABCD01", "07", "7.0"] {
        same(unknown, store.components(&[sample::id("30065", unknown)?]).await?, vec![None])?;
    }
    Ok(())
}

pub(super) async fn namesakes_are_found_whatever_their_owner(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::ingest(&store, "a", &[("9", "S1"), ("10", "S1"), ("10", "S2"), ("10", "s1")]).await?;
    let issued = Component { facts: sample::facts()?, ..sample::component("b", "30065", "S1")? };
    store.ingest(std::slice::from_ref(&issued), &[], &sample::stamp()?).await?;
    let serial = |serial: &str| sample::id("9", serial).map(|id| id.serial_number);
    let mut found = store.namesakes(&[serial("S9")?, serial("S1")?, serial("S1")?]).await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<ComponentId> = found.iter().map(|namesake| namesake.id.clone()).collect();
    let expected = vec![sample::id("10", "S1")?, sample::id("30065", "S1")?, sample::id("9", "S1")?];
    same("the namesakes", ids, expected)?;
    let issuers: Vec<_> = found.into_iter().map(|namesake| namesake.idevid_issuer).collect();
    same("their issuers", issuers, vec![None, issued.facts.idevid_issuer, None])
}

/// Reads all pages; no page but the last may be shorter than its limit.
async fn pages(store: &dyn Inventory, within: &Within, limit: usize) -> Result<Vec<ComponentId>, Failure> {
    let mut ids: Vec<ComponentId> = Vec::new();
    loop {
        let page = store.components_in(within, ids.last(), limit).await?;
        let short = page.len() < limit;
        holds("no page is longer than its limit", page.len() <= limit)?;
        ids.extend(page.into_iter().map(|component| component.id));
        if short {
            return Ok(ids);
        }
    }
}

pub(super) async fn pages_are_in_order_of_ids(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    // In the order of bytes: 10 before 9, upper case before lower case.
    let in_order =
        [("10", "S1"), ("10", "S2"), ("100", "S0"), ("30065", "A"), ("30065", "a"), ("9", "S0"), ("9", "S1")];
    let mut shuffled = in_order;
    shuffled.reverse();
    sample::ingest(&store, "a", &shuffled).await?;
    sample::ingest(&store, "b", &[("10", "S0"), ("20", "S1"), ("9", "S9")]).await?;
    let ids: Vec<ComponentId> =
        in_order.into_iter().map(|(ien, serial)| sample::id(ien, serial)).collect::<Result<_, _>>()?;
    let odd: Vec<ComponentId> = ids.iter().step_by(2).cloned().collect();
    let (org, group) = (sample::org("a")?, Some(sample::group("group-1")?));
    for component in &odd {
        let (component, org, to) = (component.clone(), org.clone(), group.clone());
        store.place(&Placement { component, org, from: None, to }, &sample::stamp()?).await?;
    }
    for limit in [1, 2, 3, 4, 7, 8, 1000] {
        let root = Within { org: org.clone(), group: None };
        same(&format!("the root in pages of {limit}"), &pages(&*store, &root, limit).await?, &ids)?;
        let placed = Within { org: org.clone(), group: group.clone() };
        same(&format!("the group in pages of {limit}"), &pages(&*store, &placed, limit).await?, &odd)?;
    }
    Ok(())
}

pub(super) async fn pages_neither_skip_nor_repeat(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let serials: Vec<String> = (0..60).map(|number| format!("S{number:03}")).collect();
    let iens = ["10", "9"].into_iter().flat_map(|ien| std::iter::repeat_n(ien, 30));
    let ids: Vec<(&str, &str)> = iens.zip(serials.iter().map(String::as_str)).collect();
    sample::ingest(&store, "a", &ids).await?;
    let (org, stamp) = (sample::org("a")?, sample::stamp()?);
    let within = Within { org: org.clone(), group: None };
    let (mut seen, mut gone, mut last) = (Vec::new(), BTreeSet::new(), None);
    for round in 0.. {
        let page = store.components_in(&within, last.as_ref(), 7).await?;
        seen.extend(page.iter().map(|component| component.id.clone()));
        let Some(end) = page.last() else { break };
        last = Some(end.id.clone());
        // The last one seen goes, and so does one that is far ahead; one comes before everything.
        let ahead = sample::id("9", &format!("S{:03}", 59 - round))?;
        for id in [end.id.clone(), ahead] {
            let known =
                store.components(std::slice::from_ref(&id)).await?.into_iter().flatten().next().is_some();
            if known {
                store.retire(&id, &org, &stamp).await?;
                gone.insert(id);
            }
        }
        sample::ingest(&store, "a", &[("1", &format!("NEW{round}"))]).await?;
    }
    let distinct: BTreeSet<&ComponentId> = seen.iter().collect();
    same("how many were seen", seen.len(), distinct.len())?;
    for (ien, serial) in ids {
        let id = sample::id(ien, serial)?;
        holds(&format!("`{id}` stayed, and was seen"), gone.contains(&id) || distinct.contains(&id))?;
    }
    Ok(())
}

pub(super) async fn pages_may_be_empty_or_huge(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let within = Within { org: sample::org("a")?, group: None };
    same("an unknown organization", store.components_in(&within, None, 10).await?, Vec::new())?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "b", &sample::created("group-1", "org-b")?).await?;
    same("an empty organization", store.components_in(&within, None, 10).await?, Vec::new())?;
    let serials: Vec<String> = (0..2500).map(|number| format!("S{number:04}")).collect();
    let ids: Vec<(&str, &str)> = serials.iter().map(|serial| ("30065", serial.as_str())).collect();
    sample::ingest(&store, "a", &ids).await?;
    same("a page of none", store.components_in(&within, None, 0).await?, Vec::new())?;
    for limit in [2499, 2500, 2501, usize::MAX] {
        let page = store.components_in(&within, None, limit).await?;
        same(&format!("a page of {limit}"), page.len(), limit.min(2500))?;
    }
    let last = sample::id("30065", "S2499")?;
    same("after the last", store.components_in(&within, Some(&last), 10).await?, Vec::new())?;
    let after_all = sample::id("99999", "Z")?;
    same("after all", store.components_in(&within, Some(&after_all), 10).await?, Vec::new())?;
    let foreign = Within { org: sample::org("a")?, group: Some(sample::group("group-1")?) };
    same("another organization's group", store.components_in(&foreign, None, 10).await?, Vec::new())
}

pub(super) async fn a_tally_counts_components_and_octets(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let (org, group) = (sample::org("a")?, Some(sample::group("group-1")?));
    let (root, placed) =
        (Within { org: org.clone(), group: None }, Within { org: org.clone(), group: group.clone() });
    same("nothing", store.tally(&root, 10).await?, Tally::default())?;
    sample::ingest(&store, "a", &[("9", "S1"), ("30065", "ABC 101"), ("4294967295", "X")]).await?;
    let component = sample::id("30065", "ABC 101")?;
    store.place(&Placement { component, org, from: None, to: group }, &sample::stamp()?).await?;
    let all = Tally { components: 3, id_octets: 3 + 12 + 11 };
    same("the root", store.tally(&root, 3).await?, all)?;
    same("the root without a limit", store.tally(&root, u64::MAX).await?, all)?;
    same("the group", store.tally(&placed, 10).await?, Tally { components: 1, id_octets: 12 })?;
    same("stopping at two", store.tally(&root, 2).await?.components, 2)?;
    same("stopping at none", store.tally(&root, 0).await?, Tally::default())
}

pub(super) async fn a_placement_compares_and_sets(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    for id in ["group-1", "group-2"] {
        sample::commit(&store, "a", &sample::created(id, "org-a")?).await?;
    }
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let (component, stamp) = (sample::id("30065", "ABC101")?, sample::stamp()?);
    let (one, two) = (Some(sample::group("group-1")?), Some(sample::group("group-2")?));
    let placement = |org, from: &Option<_>, to: &Option<_>| {
        let (component, from, to) = (component.clone(), from.clone(), to.clone());
        Ok::<_, Failure>(Placement { component, org: sample::org(org)?, from, to })
    };
    let revision = sample::tree(&store, "a").await?.revision();
    let steps = [(None, one.clone()), (one.clone(), two.clone()), (two.clone(), None), (None, two.clone())];
    for (from, to) in steps {
        store.place(&placement("a", &from, &to)?, &stamp).await?;
        let found = store.components(std::slice::from_ref(&component)).await?.into_iter().flatten().next();
        same("where it is", found.and_then(|found| found.group), to)?;
    }
    for (org, from, to) in [("a", &None, &one), ("a", &one, &two), ("b", &two, &None), ("a", &one, &None)] {
        refused(&format!("from {from:?} of {org}"), store.place(&placement(org, from, to)?, &stamp).await)?;
    }
    let unknown = Placement { component: sample::id("30065", "X")?, ..placement("a", &None, &one)? };
    refused("an unknown component", store.place(&unknown, &stamp).await)?;
    let found = store.components(std::slice::from_ref(&component)).await?.into_iter().flatten().next();
    same("where it is in the end", found.and_then(|found| found.group), two)?;
    same("the tree's revision", sample::tree(&store, "a").await?.revision(), revision)
}

pub(super) async fn a_placement_needs_a_group_of_its_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "b", &sample::created("group-1", "org-b")?).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let component = sample::id("30065", "ABC101")?;
    for group in ["group-1", "group-9", "org-a", "org-b"] {
        let (component, org, to) = (component.clone(), sample::org("a")?, Some(sample::group(group)?));
        let placement = Placement { component, org, from: None, to };
        refused(group, store.place(&placement, &sample::stamp()?).await)?;
    }
    let found = store.components(&[component]).await?;
    same("the component", found, vec![Some(sample::component("a", "30065", "ABC101")?)])
}

pub(super) async fn new_components_are_in_their_root_alone(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let new = sample::component("a", "30065", "ABC101")?;
    let placed = Component { group: Some(sample::group("group-1")?), ..new.clone() };
    store.ingest(&[placed], &[], &sample::stamp()?).await?;
    let found = store.components(std::slice::from_ref(&new.id)).await?;
    same("the component", found, vec![Some(new)])
}

pub(super) async fn an_ingest_is_all_or_nothing(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    sample::ingest(&store, "b", &[("30065", "ABC102")]).await?;
    let before = store.events(&EventFilter::default(), None, 100).await?;
    let (org, stamp) = (sample::org("a")?, sample::stamp()?);
    let new = sample::component("a", "30065", "NEW")?;
    let correct = |serial: &str| {
        let (component, org) = (sample::id("30065", serial)?, org.clone());
        Ok::<_, Failure>(Correction { component, org, facts: sample::facts()? })
    };
    let bad: [(&str, Vec<Component>, Vec<Correction>); 6] = [
        ("a known one", vec![new.clone(), sample::component("a", "30065", "ABC101")?], Vec::new()),
        ("another's", vec![new.clone(), sample::component("a", "30065", "ABC102")?], Vec::new()),
        ("one twice", vec![new.clone(), new.clone()], Vec::new()),
        ("of an unknown organization", vec![new.clone(), sample::component("x", "30065", "X")?], Vec::new()),
        ("correcting an unknown one", vec![new.clone()], vec![correct("ABC101")?, correct("X")?]),
        ("correcting another's", vec![new.clone()], vec![correct("ABC101")?, correct("ABC102")?]),
    ];
    for (what, new, corrections) in &bad {
        refused(what, store.ingest(new, corrections, &stamp).await)?;
    }
    let ids = [sample::id("30065", "ABC101")?, new.id];
    let expected = vec![Some(sample::component("a", "30065", "ABC101")?), None];
    same("the components", store.components(&ids).await?, expected)?;
    same("the events", store.events(&EventFilter::default(), None, 100).await?, before)?;
    store.ingest(&[], &[], &stamp).await?;
    sample::ingest(&store, "a", &[("30065", "NEW")]).await
}

pub(super) async fn a_correction_changes_facts_alone(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101"), ("9", "ABC101")]).await?;
    let (id, org, stamp) = (sample::id("30065", "ABC101")?, sample::org("a")?, sample::stamp()?);
    let group = Some(sample::group("group-1")?);
    let placement = Placement { component: id.clone(), org: org.clone(), from: None, to: group.clone() };
    store.place(&placement, &stamp).await?;
    for facts in [sample::facts()?, sample::certified()?, Facts::default()] {
        let correction = Correction { component: id.clone(), org: org.clone(), facts: facts.clone() };
        store.ingest(&[], &[correction], &stamp).await?;
        let found = store.components(&[id.clone(), sample::id("9", "ABC101")?]).await?;
        let corrected = Component { id: id.clone(), org: org.clone(), group: group.clone(), facts };
        same("the components", found, vec![Some(corrected), Some(sample::component("a", "9", "ABC101")?)])?;
    }
    Ok(())
}

pub(super) async fn a_retired_component_is_gone(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101"), ("9", "ABC101")]).await?;
    let (id, a, b) = (sample::id("30065", "ABC101")?, sample::org("a")?, sample::org("b")?);
    refused("by another organization", store.retire(&id, &b, &sample::stamp()?).await)?;
    store.retire(&id, &a, &sample::stamp()?).await?;
    refused("a second time", store.retire(&id, &a, &sample::stamp()?).await)?;
    same("the component", store.components(std::slice::from_ref(&id)).await?, vec![None])?;
    let namesakes = store.namesakes(std::slice::from_ref(&id.serial_number)).await?;
    same("how many namesakes are left", namesakes.len(), 1)?;
    // It may come again, to anybody.
    sample::ingest(&store, "b", &[("30065", "ABC101")]).await?;
    same(
        "the new one",
        store.components(&[id]).await?,
        vec![Some(sample::component("b", "30065", "ABC101")?)],
    )
}

pub(super) async fn a_transferred_component_is_in_the_other_root(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let (id, a, b) = (sample::id("30065", "ABC101")?, sample::org("a")?, sample::org("b")?);
    let (stamp, to) = (sample::stamp()?, Some(sample::group("group-1")?));
    let placement = Placement { component: id.clone(), org: a.clone(), from: None, to };
    store.place(&placement, &stamp).await?;
    refused("of another organization", store.transfer(&id, &b, &a, &stamp).await)?;
    refused("to an unknown one", store.transfer(&id, &a, &sample::org("x")?, &stamp).await)?;
    store.transfer(&id, &a, &b, &stamp).await?;
    refused("a second time", store.transfer(&id, &a, &b, &stamp).await)?;
    same(
        "the component",
        store.components(&[id]).await?,
        vec![Some(sample::component("b", "30065", "ABC101")?)],
    )?;
    let left = store.tally(&Within { org: a, group: placement.to }, 10).await?;
    same("what is left in its group", left, Tally::default())
}

pub(super) async fn manufacturers_are_listed_in_order(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    same("without components", store.iens().await?, Vec::new())?;
    sample::found(&store, &["a", "b", "c"]).await?;
    sample::ingest(&store, "a", &[("9", "S1"), ("9", "S2"), ("30065", "S1")]).await?;
    sample::ingest(&store, "b", &[("10", "S1"), ("9", "S3"), ("4294967295", "S1")]).await?;
    let expected: Vec<Ien> =
        ["10", "30065", "4294967295", "9"].into_iter().map(Ien::parse).collect::<Result<_, _>>()?;
    same("the manufacturers", store.iens().await?, expected)
}
