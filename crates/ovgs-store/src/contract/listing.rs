//! Finding organizations.

use ovgs_domain::{Change, OrgId, Revision, Role};

use super::{Failure, Fixture, Outcome, open, same, sample};

fn orgs(names: &[&str]) -> Result<Vec<OrgId>, Failure> {
    names.iter().map(|name| sample::org(name)).collect()
}

pub(super) async fn organizations_are_listed_in_pages(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    same("an empty list", store.orgs(None, 10).await?, Vec::new())?;
    sample::found(&store, &["b", "a", "B", "0", "a-1", "a 1", "~"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let in_order = orgs(&["0", "B", "a", "a 1", "a-1", "b", "~"])?;
    for limit in [1, 2, 3, 7, 100, usize::MAX] {
        let (mut found, mut last) = (Vec::new(), None);
        loop {
            let page = store.orgs(last.as_ref(), limit).await?;
            let Some(end) = page.last() else { break };
            last = Some(end.id.clone());
            found.extend(page);
        }
        let ids: Vec<OrgId> = found.iter().map(|org| org.id.clone()).collect();
        same(&format!("the organizations in pages of {limit}"), ids, in_order.clone())?;
        let described = found.iter().all(|org| org.description.as_str() == org.id.as_str());
        super::holds("each has its description", described)?;
        let moved: Vec<_> =
            found.iter().filter(|org| org.revision == Revision(1)).map(|org| &org.id).collect();
        same("those that moved", moved, vec![&sample::org("a")?])?;
    }
    same("a page of none", store.orgs(None, 0).await?, Vec::new())
}

pub(super) async fn members_are_found_in_every_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b", "c"]).await?;
    let ann = sample::user("a", "ann")?;
    same("before any role", store.orgs_of_member(&ann).await?, Vec::new())?;
    sample::commit(&store, "c", &sample::role_added("org-c", ann.clone(), Role::Admin)?).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::commit(&store, "a", &sample::role_added("org-a", ann.clone(), Role::Admin)?).await?;
    sample::commit(&store, "a", &sample::role_added("group-1", ann.clone(), Role::Requestor)?).await?;
    let found = store.orgs_of_member(&ann).await?;
    let expected = vec![(sample::org("a")?, Revision(3)), (sample::org("c")?, Revision(1))];
    same("with three roles", found, expected)?;
    let removed = Change::RoleRemoved { group: sample::group("org-c")?, user: ann.clone() };
    sample::commit(&store, "c", &removed).await?;
    let found = store.orgs_of_member(&ann).await?;
    same("without one of them", found, vec![(sample::org("a")?, Revision(3))])
}

pub(super) async fn delegators_are_those_that_list_exactly(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b", "c", "d", "e"]).await?;
    for org in ["d", "a"] {
        let group = format!("group-{org}");
        sample::commit(&store, org, &sample::created(&group, &format!("org-{org}"))?).await?;
        sample::commit(&store, org, &sample::delegated(&group, "org-e")?).await?;
        sample::commit(&store, org, &sample::delegated(&format!("org-{org}"), "org-e")?).await?;
    }
    sample::commit(&store, "b", &sample::delegated("org-b", "*")?).await?;
    sample::commit(&store, "c", &sample::delegated("org-c", "org-a")?).await?;
    let found = store.delegators(&sample::org("e")?).await?;
    same("those that list `org-e`", found, orgs(&["a", "d"])?)?;
    same("those that list `org-b`", store.delegators(&sample::org("b")?).await?, Vec::new())
}

pub(super) async fn employers_are_those_that_give_roles(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b", "c", "d"]).await?;
    for (org, user) in [("c", "ann"), ("c", "bob"), ("a", "ann"), ("b", "cid")] {
        let member = sample::user(if user == "cid" { "d" } else { "a" }, user)?;
        let change = sample::role_added(&format!("org-{org}"), member, Role::Admin)?;
        sample::commit(&store, org, &change).await?;
    }
    same("of users of `org-a`", store.employers(&sample::org("a")?).await?, orgs(&["a", "c"])?)?;
    same("of users of `org-c`", store.employers(&sample::org("c")?).await?, Vec::new())
}
