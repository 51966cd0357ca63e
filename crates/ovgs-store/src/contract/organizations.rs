//! Trees: reading them, moving them.

use ovgs_domain::{CertId, Change, Delegate, Description, Org, Revision, Role, UserType};

use super::{Fixture, Outcome, holds, open, refused, same, sample};
use crate::EventFilter;

pub(super) async fn an_unknown_organization_is_none(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let id = sample::org("a")?;
    same("its tree", store.org(&id).await?, None)?;
    same("its revision", store.revision(&id).await?, None)?;
    same("its changes", store.changes_since(&id, Revision(0)).await?, None)?;
    same("a group's owner", store.org_of_group(&sample::group("group-1")?).await?, None)?;
    let cert = CertId::parse("cert-1")?;
    same("a certificate's owner", store.org_of_cert(&cert).await?, None)?;
    same("a certificate", store.certificate(&cert).await?, None)?;
    let change = sample::created("group-1", "org-a")?;
    refused("a commit", store.commit(&id, Revision(0), &change, &sample::stamp()?).await)?;
    refused("its deletion", store.delete_org(&id, Revision(0), &sample::stamp()?).await)
}

pub(super) async fn a_new_organization_has_its_root_alone(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let (id, description) = (sample::org("a")?, Description::parse_or_empty("")?);
    let new = store.create_org(&id, &description, &sample::stamp()?).await?;
    holds("the organization is new", new)?;
    same("its revision", store.revision(&id).await?, Some(Revision(0)))?;
    same("its changes", store.changes_since(&id, Revision(0)).await?, Some(Vec::new()))?;
    let owner = store.org_of_group(&id.root()).await?;
    same("the root's owner", owner, Some((id.clone(), Revision(0))))?;
    same("its tree", store.org(&id).await?, Some(Org::new(id, description)))
}

pub(super) async fn an_organization_is_created_once(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let before = sample::tree(&store, "a").await?;
    let again = store.create_org(before.id(), &Description::parse("other")?, &sample::stamp()?).await?;
    same("what the second creation answers", again, false)?;
    same("the tree", sample::tree(&store, "a").await?, before)
}

pub(super) async fn a_tree_moves_as_its_changes_say(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let mut expected = sample::tree(&store, "a").await?;
    for change in sample::changes()? {
        store.commit(expected.id(), expected.revision(), &change, &sample::stamp()?).await?;
        expected.apply(&change)?;
        same(&format!("the tree after {change:?}"), &sample::tree(&store, "a").await?, &expected)?;
    }
    same("the other tree's revision", sample::tree(&store, "b").await?.revision(), Revision(0))
}

pub(super) async fn a_commit_is_all_or_nothing(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::cert_created("org-a", "cert-1", b"one")?).await?;
    let before = sample::tree(&store, "a").await?;
    let events = store.events(&EventFilter::default(), None, 100).await?;
    // The same certificate id again, with other bytes.
    let change = sample::cert_created("org-a", "cert-1", b"two")?;
    refused("a taken id", store.commit(before.id(), before.revision(), &change, &sample::stamp()?).await)?;
    same("the tree", sample::tree(&store, "a").await?, before.clone())?;
    let bytes = store.certificate(&CertId::parse("cert-1")?).await?;
    same("the certificate", bytes.as_deref(), Some(b"one".as_slice()))?;
    same("the events", store.events(&EventFilter::default(), None, 100).await?, events)?;
    // The store goes on.
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await
}

pub(super) async fn a_change_that_does_not_fit_is_refused(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let ann = sample::user("a", "ann")?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    sample::commit(&store, "a", &sample::role_added("group-1", ann.clone(), Role::Admin)?).await?;
    sample::commit(&store, "a", &sample::delegated("group-1", "*")?).await?;
    let before = sample::tree(&store, "a").await?;
    let (root, nowhere) = (sample::group("org-a")?, sample::group("group-9")?);
    let misfits = [
        sample::created("group-2", "group-9")?,
        sample::created("group-2", "group-2")?,
        sample::created("group-2", "org-b")?,
        sample::created("group-1", "org-a")?,
        Change::GroupCreated {
            group: nowhere.clone(),
            parent: root.clone(),
            description: Description::parse("group-1")?,
        },
        Change::GroupDeleted { group: nowhere },
        sample::delegated("group-1", "*")?,
        sample::delegated("group-9", "*")?,
        Change::DelegationRemoved { group: root.clone(), delegate: Delegate::Any },
        sample::role_added("group-1", ann.clone(), Role::Requestor)?,
        sample::role_added("group-9", ann.clone(), Role::Requestor)?,
        Change::RoleRemoved { group: root.clone(), user: ann },
        sample::cert_created("group-9", "cert-1", b"one")?,
        Change::DomainCertDeleted { group: root, cert: CertId::parse("cert-1")? },
    ];
    for misfit in misfits {
        let answer = store.commit(before.id(), before.revision(), &misfit, &sample::stamp()?).await;
        refused(&format!("{misfit:?}"), answer)?;
        same(&format!("the tree after {misfit:?}"), &sample::tree(&store, "a").await?, &before)?;
    }
    Ok(())
}

pub(super) async fn a_stale_revision_is_refused(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let before = sample::tree(&store, "a").await?;
    let change = sample::created("group-2", "org-a")?;
    refused("revision 0", store.commit(before.id(), Revision(0), &change, &sample::stamp()?).await)?;
    same("the tree", sample::tree(&store, "a").await?, before)
}

pub(super) async fn a_revision_to_come_is_refused(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (id, change) = (sample::org("a")?, sample::created("group-1", "org-a")?);
    for expected in [Revision(1), Revision(u64::MAX)] {
        let answer = store.commit(&id, expected, &change, &sample::stamp()?).await;
        refused(&format!("revision {expected}"), answer)?;
    }
    same("the revision", store.revision(&id).await?, Some(Revision(0)))
}

pub(super) async fn changes_since_lead_to_the_present(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let mut trees = vec![sample::tree(&store, "a").await?];
    for change in sample::changes()? {
        sample::commit(&store, "a", &change).await?;
        sample::commit(&store, "b", &sample::created(&format!("group-b-{}", trees.len()), "org-b")?).await?;
        trees.push(sample::tree(&store, "a").await?);
    }
    let present = sample::tree(&store, "a").await?;
    for mut tree in trees {
        let since = tree.revision();
        let changes = store.changes_since(tree.id(), since).await?.unwrap_or_default();
        for change in &changes {
            tree.apply(change)?;
        }
        same(&format!("the tree of revision {since} brought to the present"), &tree, &present)?;
    }
    let all = store.changes_since(present.id(), Revision(0)).await?;
    same("all changes", all, Some(sample::changes()?))
}

pub(super) async fn changes_since_an_unknown_revision_are_none(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    for since in [Revision(1), Revision(u64::MAX)] {
        let changes = store.changes_since(&sample::org("a")?, since).await?;
        same(&format!("changes since revision {since}"), changes, None)?;
    }
    Ok(())
}

pub(super) async fn ids_are_compared_byte_for_byte(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "A", "a%", "a_", "a\\"]).await?;
    for id in ["group", "GROUP", "group ", " group", "group%", "gr_up", "'group'", "group\\0"] {
        sample::commit(&store, "a", &sample::created(id, "org-a")?).await?;
    }
    for unknown in ["Group", "group  ", "grxup", "group\\"] {
        let found = store.org_of_group(&sample::group(unknown)?).await?;
        same(&format!("the owner of `{unknown}`"), found, None)?;
    }
    same("org-b", store.revision(&sample::org("b")?).await?, None)?;
    for (name, type_name) in
        [("ann", UserType::User), ("Ann", UserType::User), ("ann ", UserType::ServiceAccount)]
    {
        let user = ovgs_domain::User { user_type: type_name, ..sample::user("a", name)? };
        sample::commit(&store, "a", &sample::role_added("org-a", user.clone(), Role::Admin)?).await?;
        let other = ovgs_domain::User { org: sample::org("A")?, ..user };
        same("the roles of a namesake", store.orgs_of_member(&other).await?, Vec::new())?;
    }
    let members = sample::tree(&store, "a").await?.users().count();
    same("how many users there are", members, 3)
}

pub(super) async fn descriptions_are_compared_byte_for_byte(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    // Composed and decomposed, cases, ligatures, blanks, and what some collations ignore.
    let descriptions = [
        "\u{e9}", "e\u{301}", "\u{c9}", "straße", "strasse", "ﬁ", "fi", "a", "a ", " a", "A", "\u{c5}",
        "\u{212b}", "🏭",
    ];
    for (number, text) in descriptions.iter().enumerate() {
        let (group, description) = (sample::group(&format!("group-{number}"))?, Description::parse(text)?);
        let parent = sample::group("org-a")?;
        sample::commit(&store, "a", &Change::GroupCreated { group, parent, description }).await?;
    }
    let tree = sample::tree(&store, "a").await?;
    for (number, text) in descriptions.iter().enumerate() {
        let found = tree.group(tree.root()).and_then(|root| root.child(&Description::parse(text).ok()?));
        same(&format!("the group `{text}`"), found, Some(&sample::group(&format!("group-{number}"))?))?;
    }
    Ok(())
}

pub(super) async fn a_group_belongs_to_one_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let id = sample::group("group-1")?;
    let owner = store.org_of_group(&id).await?;
    same("its owner", owner, Some((sample::org("a")?, Revision(1))))?;
    let again = sample::created("group-1", "org-b")?;
    let answer = store.commit(&sample::org("b")?, Revision(0), &again, &sample::stamp()?).await;
    refused("the same id in another organization", answer)?;
    let foreign = Change::GroupDeleted { group: id.clone() };
    let answer = store.commit(&sample::org("b")?, Revision(0), &foreign, &sample::stamp()?).await;
    refused("deleting another organization's group", answer)?;
    sample::commit(&store, "a", &foreign).await?;
    same("its owner when it is gone", store.org_of_group(&id).await?, None)
}

pub(super) async fn a_certificate_belongs_to_one_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::cert_created("org-a", "cert-1", b"one")?).await?;
    let id = CertId::parse("cert-1")?;
    let owner = store.org_of_cert(&id).await?;
    same("its owner", owner, Some((sample::org("a")?, Revision(1))))?;
    let again = sample::cert_created("org-b", "cert-1", b"one")?;
    let answer = store.commit(&sample::org("b")?, Revision(0), &again, &sample::stamp()?).await;
    refused("the same id in another organization", answer)?;
    let deleted = Change::DomainCertDeleted { group: sample::group("org-a")?, cert: id.clone() };
    let answer = store.commit(&sample::org("b")?, Revision(0), &deleted, &sample::stamp()?).await;
    refused("deleting another organization's certificate", answer)?;
    sample::commit(&store, "a", &deleted).await?;
    same("its owner when it is gone", store.org_of_cert(&id).await?, None)?;
    same("its bytes when it is gone", store.certificate(&id).await?, None)
}

pub(super) async fn certificates_come_back_byte_for_byte(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let large: Vec<u8> = (0..16 * 1024_usize).map(|n| (n % 256) as u8).collect();
    for (id, der) in [("cert-1", [0].as_slice()), ("cert-2", &large), ("cert-3", b"'; DROP TABLE certs")] {
        sample::commit(&store, "a", &sample::cert_created("org-a", id, der)?).await?;
    }
    let store = open(fixture).await?;
    for (id, der) in [("cert-1", [0].as_slice()), ("cert-2", &large), ("cert-3", b"'; DROP TABLE certs")] {
        let found = store.certificate(&CertId::parse(id)?).await?;
        holds(&format!("`{id}` came back as it was"), found.as_deref() == Some(der))?;
    }
    let changes = store.changes_since(&sample::org("a")?, Revision(1)).await?.unwrap_or_default();
    let expected = sample::cert_created("org-a", "cert-2", &large)?;
    holds("its change came back as it was", changes.first() == Some(&expected))
}

pub(super) async fn a_role_needs_the_organization_of_its_user(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let change = sample::role_added("org-a", sample::user("nowhere", "ann")?, Role::Admin)?;
    let answer = store.commit(&sample::org("a")?, Revision(0), &change, &sample::stamp()?).await;
    refused("a role for a user of an unknown organization", answer)?;
    same("the revision", store.revision(&sample::org("a")?).await?, Some(Revision(0)))
}

pub(super) async fn a_delegation_needs_its_organization(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let change = sample::delegated("org-a", "org-nowhere")?;
    let answer = store.commit(&sample::org("a")?, Revision(0), &change, &sample::stamp()?).await;
    refused("a delegation to an unknown organization", answer)?;
    same("the revision", store.revision(&sample::org("a")?).await?, Some(Revision(0)))
}
