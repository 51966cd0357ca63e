//! Trees: how they move, what they refuse, and how they come out of records.

use std::sync::Arc;

use super::{GroupRecord, Org, Revision};
use crate::{
    CertId, Change, DomainCert, Fingerprint, GroupId, NEVER, OrgRecords, Role,
    fixtures::{acme, delegate, description, group_id, org_id, user},
};

fn ids<'a>(groups: impl Iterator<Item = &'a super::Group>) -> Vec<&'a str> {
    groups.map(|group| group.id().as_str()).collect()
}

fn record(id: &str, parent: Option<&str>, text: &str) -> GroupRecord {
    GroupRecord { id: group_id(id), parent: parent.map(group_id), description: description(text) }
}

fn records(groups: Vec<GroupRecord>) -> OrgRecords {
    OrgRecords {
        id: org_id("org-acmeco"),
        revision: Revision(5),
        groups,
        members: vec![],
        delegations: vec![],
        certs: vec![],
    }
}

fn cert(id: &str) -> DomainCert {
    DomainCert {
        id: CertId::parse(id).unwrap(),
        fingerprint: Fingerprint::of(b"a certificate"),
        revocation_checks: true,
        expiry_time: NEVER,
        not_after: NEVER,
    }
}

fn cert_created(group: &str, id: &str) -> Change {
    Change::DomainCertCreated { group: group_id(group), cert: cert(id), der: Arc::from(*b"a certificate") }
}

fn deleted(group: &str) -> Change {
    Change::GroupDeleted { group: group_id(group) }
}

fn created(group: &str, parent: &str, text: &str) -> Change {
    Change::GroupCreated { group: group_id(group), parent: group_id(parent), description: description(text) }
}

#[test]
fn a_new_organization_is_its_root_group() {
    let org = Org::new(org_id("org-acmeco"), description("Acme"));
    assert_eq!((org.id().as_str(), org.root().as_str()), ("org-acmeco", "org-acmeco"));
    assert_eq!((org.revision(), ids(org.groups())), (Revision(0), vec!["org-acmeco"]));
    let root = org.group(org.root()).unwrap();
    assert_eq!((root.parent(), root.depth(), root.description().as_str()), (None, 0, "Acme"));
}

#[test]
fn lineage_goes_up_and_subtree_down() {
    let org = acme();
    assert_eq!(ids(org.lineage(&group_id("d"))), ["d", "g", "p", "org-acmeco"]);
    let mut below = ids(org.subtree(&group_id("p")));
    below.sort_unstable();
    assert_eq!(below, ["d", "g", "p", "s"]);
    let unknown = group_id("group-unknown");
    assert_eq!((org.lineage(&unknown).count(), org.subtree(&unknown).count()), (0, 0));
}

#[test]
fn a_clone_stays_as_it_was() {
    let before = acme().with_role("g", &user("org-acmeco", "ann"), Role::Admin);
    let mut after = before.clone();
    after.apply(&created("new", "g", "new")).unwrap();
    after.apply(&Change::RoleRemoved { group: group_id("g"), user: user("org-acmeco", "ann") }).unwrap();
    assert_eq!(before, acme().with_role("g", &user("org-acmeco", "ann"), Role::Admin));
    assert_eq!(after.revision(), Revision(before.revision().0 + 2));
    assert!(before.group(&group_id("new")).is_none() && after.group(&group_id("new")).is_some());
    assert_eq!((before.users().count(), after.users().count()), (1, 0));
}

#[test]
fn a_deleted_group_makes_room_for_another_one() {
    let mut org = acme().delegated("s", "org-partner");
    org.apply(&deleted("s")).unwrap();
    org.apply(&created("again", "p", "s")).unwrap();
    let again = org.group(&group_id("again")).unwrap();
    assert_eq!(again.delegates().len(), 0, "the old delegation list came back");
    assert_eq!(again.depth(), 2);
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_the_tree_as_it_was() {
    let (ann, bob) = (user("org-acmeco", "ann"), user("org-acmeco", "bob"));
    let mut org = acme().with_role("g", &ann, Role::Admin).delegated("s", "org-partner");
    org.apply(&cert_created("d", "cert-1")).unwrap();
    let (g, s) = (group_id("g"), group_id("s"));
    let cert_deleted = |group: &GroupId, id| Change::DomainCertDeleted {
        group: group.clone(),
        cert: CertId::parse(id).unwrap(),
    };
    let misfits = [
        (created("g", "s", "another"), "group `g` exists already"),
        (created("org-acmeco", "s", "another"), "group `org-acmeco` exists already"),
        (created("new", "nowhere", "another"), "group `nowhere` is unknown"),
        (created("new", "p", "g"), "group `p` has a child of this description already"),
        (deleted("nowhere"), "group `nowhere` is unknown"),
        (deleted("p"), "group `p` is not empty"),
        (deleted("g"), "group `g` is not empty"),
        (deleted("d"), "group `d` is not empty"),
        (deleted("org-acmeco"), "group `org-acmeco` is not empty"),
        (
            Change::DelegationAdded { group: s.clone(), delegate: delegate("org-partner") },
            "group `s` lists this organization already",
        ),
        (
            Change::DelegationRemoved { group: s.clone(), delegate: delegate("*") },
            "group `s` does not list this organization",
        ),
        (
            Change::RoleAdded { group: g.clone(), user: ann.clone(), role: Role::Requestor },
            "group `g` has this user already",
        ),
        (Change::RoleRemoved { group: g.clone(), user: bob }, "group `g` does not have this user"),
        (Change::RoleRemoved { group: s.clone(), user: ann }, "group `s` does not have this user"),
        (cert_created("g", "cert-1"), "group `d` has a certificate of this id already"),
        (cert_created("nowhere", "cert-2"), "group `nowhere` is unknown"),
        (cert_deleted(&g, "cert-1"), "group `g` does not have this certificate"),
        (cert_deleted(&group_id("d"), "cert-2"), "group `d` does not have this certificate"),
    ];
    for (change, reason) in misfits {
        let before = org.clone();
        let misfit = org.apply(&change).unwrap_err();
        assert_eq!(misfit.to_string(), format!("the change does not fit the tree: {reason}"));
        assert_eq!(org, before, "{change:?}");
    }
}

#[test]
fn a_bare_root_is_not_deleted_either() {
    let mut org = Org::new(org_id("org-acmeco"), description("Acme"));
    let misfit = org.apply(&deleted("org-acmeco")).unwrap_err();
    assert_eq!(misfit.to_string(), "the change does not fit the tree: group `org-acmeco` is the root");
}

#[test]
fn records_in_any_order_make_the_tree() {
    let root = record("org-acmeco", None, "Acme");
    let groups = vec![record("d", Some("g"), "d"), record("g", Some("org-acmeco"), "g"), root];
    let org = Org::from_records(records(groups)).unwrap();
    assert_eq!(org.revision(), Revision(5));
    assert_eq!(ids(org.lineage(&group_id("d"))), ["d", "g", "org-acmeco"]);
    assert_eq!(org.group(&group_id("d")).map(super::Group::depth), Some(2));
}

#[test]
fn records_that_are_not_one_tree_are_refused() {
    let root = || record("org-acmeco", None, "Acme");
    let refused = |groups| Org::from_records(records(groups)).unwrap_err().to_string();
    let broken = [
        (vec![], "0 groups have no parent, not one"),
        (vec![root(), record("g", None, "g")], "2 groups have no parent, not one"),
        (vec![root(), root()], "2 groups have no parent, not one"),
        (vec![record("g", None, "g")], "the group without parent is not the organization's root"),
        (vec![root(), record("g", Some("gone"), "g")], "there are groups that do not hang on the root"),
        (vec![root(), record("g", Some("g"), "g")], "there are groups that do not hang on the root"),
        (
            vec![root(), record("g", Some("d"), "g"), record("d", Some("g"), "d")],
            "there are groups that do not hang on the root",
        ),
        (
            vec![root(), record("g", Some("org-acmeco"), "g"), record("h", Some("org-acmeco"), "g")],
            "group `org-acmeco` has a child of this description already",
        ),
        (
            vec![root(), record("g", Some("org-acmeco"), "g"), record("g", Some("org-acmeco"), "h")],
            "group `g` exists already",
        ),
        (vec![root(), record("org-acmeco", Some("org-acmeco"), "g")], "group `org-acmeco` exists already"),
    ];
    for (groups, reason) in broken {
        assert_eq!(refused(groups), format!("the change does not fit the tree: {reason}"));
    }
}

#[test]
fn records_about_unknown_groups_or_said_twice_are_refused() {
    let whole = || records(vec![record("org-acmeco", None, "Acme"), record("g", Some("org-acmeco"), "g")]);
    let ann = user("org-acmeco", "ann");
    for group in ["g", "nowhere"].map(group_id) {
        let times = if group == group_id("g") { 2 } else { 1 };
        let members = vec![(group.clone(), ann.clone(), Role::Admin); times];
        assert!(Org::from_records(OrgRecords { members, ..whole() }).is_err());
        let delegations = vec![(group.clone(), delegate("*")); times];
        assert!(Org::from_records(OrgRecords { delegations, ..whole() }).is_err());
        let certs = vec![(group.clone(), cert("cert-1")); times];
        assert!(Org::from_records(OrgRecords { certs, ..whole() }).is_err());
    }
    let certs = vec![(group_id("g"), cert("cert-1")), (group_id("org-acmeco"), cert("cert-1"))];
    assert!(Org::from_records(OrgRecords { certs, ..whole() }).is_err(), "one certificate in two groups");
    assert!(Org::from_records(whole()).is_ok());
}

#[test]
fn a_certificate_is_found_where_it_is() {
    let mut org = acme();
    org.apply(&cert_created("d", "cert-1")).unwrap();
    let id = CertId::parse("cert-1").unwrap();
    let (group, found) = org.cert(&id).unwrap();
    assert_eq!((group.id().as_str(), found), ("d", &cert("cert-1")));
    org.apply(&Change::DomainCertDeleted { group: group_id("d"), cert: id.clone() }).unwrap();
    assert_eq!(org.cert(&id), None);
}

#[test]
fn no_change_makes_a_tree_deeper_than_trees_may_be() {
    let mut org = Org::new(org_id("org-acmeco"), description("Acme"));
    let mut parent = org.root().clone();
    for depth in 1..=Org::MAX_DEPTH {
        let group = group_id(&format!("g{depth}"));
        org.apply(&Change::GroupCreated {
            group: group.clone(),
            parent: parent.clone(),
            description: description("below"),
        })
        .unwrap();
        parent = group;
    }
    let before = org.clone();
    let told = org.apply(&Change::GroupCreated {
        group: group_id("too-deep"),
        parent,
        description: description("below"),
    });
    assert_eq!(
        told.map_err(|misfit| misfit.to_string()),
        Err("the change does not fit the tree: group `too-deep` is too deep in the tree".to_owned())
    );
    assert_eq!(org, before);
}

#[test]
fn a_role_counts_until_it_is_removed_also_beside_another_at_the_same_depth() {
    let alice = user("org-acmeco", "alice");
    let mut org = acme().with_role("g", &alice, Role::Admin).with_role("s", &alice, Role::Requestor);
    let roles = |org: &Org, group: &str| org.roles_at(&alice, &group_id(group)).collect::<Vec<_>>();
    assert_eq!((roles(&org, "d"), roles(&org, "s")), (vec![Role::Admin], vec![Role::Requestor]));
    org.apply(&Change::RoleRemoved { group: group_id("g"), user: alice.clone() }).unwrap();
    assert_eq!(
        (roles(&org, "d"), roles(&org, "s"), roles(&org, "p")),
        (vec![], vec![Role::Requestor], vec![])
    );
}

#[test]
fn octets_grow_and_shrink_with_the_tree() {
    let mut org = acme();
    let (d, ann) = (group_id("d"), user("org-acmeco", "ann"));
    let before = org.octets();
    let steps = [
        (
            Change::RoleAdded { group: d.clone(), user: ann.clone(), role: Role::Admin },
            Change::RoleRemoved { group: d.clone(), user: ann },
        ),
        (
            Change::DelegationAdded { group: d.clone(), delegate: delegate("org-partner") },
            Change::DelegationRemoved { group: d.clone(), delegate: delegate("org-partner") },
        ),
        (
            cert_created("d", "cert-1"),
            Change::DomainCertDeleted { group: d, cert: CertId::parse("cert-1").unwrap() },
        ),
        (created("new", "d", "new"), deleted("new")),
    ];
    for (there, back) in steps {
        org.apply(&there).unwrap();
        assert!(org.octets() > before, "{there:?}");
        org.apply(&back).unwrap();
        assert_eq!(org.octets(), before, "{back:?}");
    }
    // The delegations of a group go with it.
    let delegated = Change::DelegationAdded { group: group_id("new"), delegate: delegate("*") };
    for change in [created("new", "d", "new"), delegated, deleted("new")] {
        org.apply(&change).unwrap();
    }
    assert_eq!(org.octets(), before);
}
