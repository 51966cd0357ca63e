//! The store as a whole.

use ovgs_domain::{Component, ComponentId, Revision, Role};

use super::{Fixture, Outcome, open, same, sample};
use crate::{EventFilter, Located, Placement, VoucherFilter, Within};

pub(super) async fn a_reading_of_everything_agrees_with_its_parts(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    same("an empty question", store.locate(&[]).await?, Vec::new())?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::ingest(&store, "a", &[("30065", "S1"), ("9", "S1"), ("9", "s1"), ("9", "S2")]).await?;
    let mut issued = sample::component("b", "10", "S1")?;
    issued.facts = sample::facts()?;
    store.ingest(std::slice::from_ref(&issued), &[], &sample::stamp()?).await?;
    let (component, org, to) = (sample::id("9", "S2")?, sample::org("a")?, Some(sample::group("group-1")?));
    store.place(&Placement { component, org, from: None, to }, &sample::stamp()?).await?;

    let asked = [("9", "S2"), ("30065", "S1"), ("30065", "S2"), ("10", "S1"), ("30065", "S1")];
    let ids: Vec<ComponentId> =
        asked.into_iter().map(|(ien, serial)| sample::id(ien, serial)).collect::<Result<_, _>>()?;
    let found = store.locate(&ids).await?;
    let components: Vec<_> =
        found.iter().map(|found| found.as_ref().map(|found| found.component.clone())).collect();
    let of_a = Some(sample::component("a", "30065", "S1")?);
    let placed = Component { group: Some(sample::group("group-1")?), ..sample::component("a", "9", "S2")? };
    same("the components", components, vec![Some(placed), of_a.clone(), None, Some(issued.clone()), of_a])?;
    let revisions: Vec<_> = found.iter().map(|found| found.as_ref().map(|found| found.revision)).collect();
    let (a, b) = (Some(Revision(1)), Some(Revision(0)));
    same("the revisions of their owners", revisions, vec![a, a, None, b, a])?;
    let namesakes = |found: &Option<Located>| {
        let mut ids: Vec<String> =
            found.iter().flat_map(|found| &found.namesakes).map(|n| n.id.to_string()).collect();
        ids.sort();
        ids
    };
    let of_s1 = vec!["10/S1".to_owned(), "9/S1".to_owned()];
    let of_issued = vec!["30065/S1".to_owned(), "9/S1".to_owned()];
    let expected = vec![vec![], of_s1.clone(), vec![], of_issued, of_s1];
    same("their namesakes", found.iter().map(namesakes).collect(), expected)?;
    let issuers: Vec<_> = found
        .iter()
        .flatten()
        .flat_map(|found| &found.namesakes)
        .filter_map(|namesake| namesake.idevid_issuer.clone())
        .collect();
    let issuer = issued.facts.idevid_issuer;
    same("the issuers of namesakes", issuers, issuer.iter().chain(&issuer).cloned().collect())
}

pub(super) async fn everything_is_there_after_reopening(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    for change in sample::changes()? {
        sample::commit(&store, "a", &change).await?;
    }
    let (ann, stamp) = (sample::user("a", "ann")?, sample::stamp()?);
    sample::commit(&store, "b", &sample::role_added("org-b", ann.clone(), Role::Support)?).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101"), ("9", "ABC101")]).await?;
    store.append(&[sample::voucher("a", "ABC101", 1)?]).await?;
    store.add_user(&ann, &stamp).await?;
    store.add_token(&sample::token("token-1", ann.clone()), &stamp).await?;

    let again = open(fixture).await?;
    for name in ["a", "b"] {
        let (before, after) = (sample::tree(&store, name).await?, sample::tree(&again, name).await?);
        same(&format!("the tree of `org-{name}`"), after, before)?;
    }
    let id = sample::org("a")?;
    let since = store.changes_since(&id, Revision(0)).await?;
    same("the changes", again.changes_since(&id, Revision(0)).await?, since)?;
    let within = Within { org: sample::org("a")?, group: None };
    let before = store.components_in(&within, None, 10).await?;
    same("the components", again.components_in(&within, None, 10).await?, before)?;
    let all = VoucherFilter::default();
    same("the vouchers", again.vouchers(&all, None, 10).await?, store.vouchers(&all, None, 10).await?)?;
    let all = EventFilter::default();
    let events = store.events(&all, None, 100).await?;
    same("how many events there are", events.len(), 21)?;
    same("the events", again.events(&all, None, 100).await?, events)?;
    same("the users", again.users(None, None, 10).await?, vec![ann.clone()])?;
    same("the tokens", again.tokens(None, None, 10).await?, vec![sample::token("token-1", ann)])?;
    // And it goes on from there.
    sample::commit(&again, "b", &sample::created("group-9", "org-b")?).await?;
    same("the revision", store.revision(&sample::org("b")?).await?, Some(Revision(2)))
}
