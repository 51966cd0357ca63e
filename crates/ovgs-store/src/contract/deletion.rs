//! Groups and organizations that go, and those that must stay.

use ovgs_domain::{CertId, Change, Revision, Role};

use super::{Failure, Fixture, Outcome, open, refused, same, sample};
use crate::{Placement, TokenRecord};

fn deleted(id: &str) -> Result<Change, Failure> {
    Ok(Change::GroupDeleted { group: sample::group(id)? })
}

pub(super) async fn a_group_is_deleted_when_it_is_empty(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let empty = sample::tree(&store, "a").await?.records().groups;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    // Its own delegations go with it.
    sample::commit(&store, "a", &sample::delegated("group-1", "org-b")?).await?;
    sample::commit(&store, "a", &sample::delegated("group-1", "*")?).await?;
    sample::commit(&store, "a", &deleted("group-1")?).await?;
    let records = sample::tree(&store, "a").await?.records();
    same("the groups left", records.groups, empty)?;
    same("the delegations left", records.delegations, Vec::new())?;
    same("who delegates", store.delegators(&sample::org("b")?).await?, Vec::new())?;
    // The description is free again.
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await
}

pub(super) async fn a_group_that_holds_something_stays(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    for id in ["group-1", "group-2", "group-3", "group-4"] {
        sample::commit(&store, "a", &sample::created(id, "org-a")?).await?;
    }
    sample::commit(&store, "a", &sample::created("group-5", "group-1")?).await?;
    let ann = sample::user("a", "ann")?;
    sample::commit(&store, "a", &sample::role_added("group-2", ann, Role::Admin)?).await?;
    sample::commit(&store, "a", &sample::cert_created("group-3", "cert-1", b"one")?).await?;
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let placement = Placement {
        component: sample::id("30065", "ABC101")?,
        org: sample::org("a")?,
        from: None,
        to: Some(sample::group("group-4")?),
    };
    store.place(&placement, &sample::stamp()?).await?;
    let before = sample::tree(&store, "a").await?;
    for id in ["group-1", "group-2", "group-3", "group-4"] {
        let answer = store.commit(before.id(), before.revision(), &deleted(id)?, &sample::stamp()?).await;
        refused(&format!("deleting `{id}`"), answer)?;
        same("the tree", &sample::tree(&store, "a").await?, &before)?;
    }
    Ok(())
}

pub(super) async fn a_root_group_stays(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (id, stamp) = (sample::org("a")?, sample::stamp()?);
    refused("deleting it", store.commit(&id, Revision(0), &deleted("org-a")?, &stamp).await)?;
    same("the revision", sample::tree(&store, "a").await?.revision(), Revision(0))
}

pub(super) async fn an_empty_organization_is_deleted(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    // Its own delegations do not hold it.
    sample::commit(&store, "a", &sample::delegated("org-a", "org-b")?).await?;
    let id = sample::org("a")?;
    store.delete_org(&id, Revision(1), &sample::stamp()?).await?;
    same("its tree", store.org(&id).await?, None)?;
    same("its revision", store.revision(&id).await?, None)?;
    same("its changes", store.changes_since(&id, Revision(0)).await?, None)?;
    same("its root", store.org_of_group(&id.root()).await?, None)?;
    same("who delegates", store.delegators(&sample::org("b")?).await?, Vec::new())?;
    refused("a second deletion", store.delete_org(&id, Revision(1), &sample::stamp()?).await)
}

pub(super) async fn an_organization_that_moved_stays(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::commit(&store, "a", &deleted("group-1")?).await?;
    let (id, stamp) = (sample::org("a")?, sample::stamp()?);
    for expected in [Revision(0), Revision(1), Revision(3)] {
        refused(&format!("revision {expected}"), store.delete_org(&id, expected, &stamp).await)?;
    }
    same("its revision", store.revision(&id).await?, Some(Revision(2)))
}

pub(super) async fn an_organization_that_holds_something_stays(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let (ann, cert) = (sample::user("b", "ann")?, CertId::parse("cert-1")?);
    sample::found(&store, &["a", "b"]).await?;
    let (id, root, stamp) = (sample::org("a")?, sample::group("org-a")?, sample::stamp()?);
    let held = [
        (sample::created("group-1", "org-a")?, deleted("group-1")?),
        (
            sample::role_added("org-a", ann.clone(), Role::Support)?,
            Change::RoleRemoved { group: root.clone(), user: ann },
        ),
        (sample::cert_created("org-a", "cert-1", b"one")?, Change::DomainCertDeleted { group: root, cert }),
    ];
    for (added, removed) in held {
        sample::commit(&store, "a", &added).await?;
        let revision = sample::tree(&store, "a").await?.revision();
        refused(&format!("after {added:?}"), store.delete_org(&id, revision, &stamp).await)?;
        same("its revision", sample::tree(&store, "a").await?.revision(), revision)?;
        sample::commit(&store, "a", &removed).await?;
    }
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let revision = sample::tree(&store, "a").await?.revision();
    refused("with a component", store.delete_org(&id, revision, &stamp).await)?;
    store.retire(&sample::id("30065", "ABC101")?, &id, &stamp).await?;
    Ok(store.delete_org(&id, revision, &stamp).await?)
}

pub(super) async fn an_organization_that_is_referred_to_stays(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let (id, stamp, ann) = (sample::org("a")?, sample::stamp()?, sample::user("a", "ann")?);
    store.add_user(&ann, &stamp).await?;
    let token: TokenRecord = sample::token("token-1", ann.clone());
    store.add_token(&token, &stamp).await?;
    refused("with a registered user", store.delete_org(&id, Revision(0), &stamp).await)?;
    same("the token", store.token("token-1").await?, Some(token))?;
    store.remove_user(&ann, &stamp).await?;
    // A name must not inherit power elsewhere.
    sample::commit(&store, "b", &sample::delegated("org-b", "org-a")?).await?;
    refused("with a delegation to it", store.delete_org(&id, Revision(0), &stamp).await)?;
    sample::commit(&store, "b", &sample::role_added("org-b", ann.clone(), Role::Admin)?).await?;
    let (group, delegate) = (sample::group("org-b")?, ovgs_domain::Delegate::Org(id.clone()));
    let removed = Change::DelegationRemoved { group: group.clone(), delegate };
    sample::commit(&store, "b", &removed).await?;
    refused("with a role of its user", store.delete_org(&id, Revision(0), &stamp).await)?;
    sample::commit(&store, "b", &Change::RoleRemoved { group, user: ann }).await?;
    Ok(store.delete_org(&id, Revision(0), &stamp).await?)
}

pub(super) async fn a_name_used_again_inherits_nothing(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (ann, root) = (sample::user("a", "ann")?, sample::group("org-a")?);
    sample::commit(&store, "a", &sample::role_added("org-a", ann.clone(), Role::Admin)?).await?;
    let old = sample::tree(&store, "a").await?;
    sample::commit(&store, "a", &Change::RoleRemoved { group: root, user: ann }).await?;
    store.delete_org(old.id(), Revision(2), &sample::stamp()?).await?;
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let new = sample::tree(&store, "a").await?;
    // Whoever kept the old tree must see that it is not this one.
    super::holds("the new tree is above the old one", new.revision() > Revision(2))?;
    same("who holds roles", new.users().count(), 0)?;
    same("changes since the old tree", store.changes_since(old.id(), old.revision()).await?, None)?;
    same(
        "changes since the new tree",
        store.changes_since(new.id(), new.revision()).await?,
        Some(Vec::new()),
    )?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let changes = store.changes_since(new.id(), new.revision()).await?;
    same("changes since", changes, Some(vec![sample::created("group-1", "org-a")?]))?;
    same("changes since the old tree", store.changes_since(old.id(), old.revision()).await?, None)
}
