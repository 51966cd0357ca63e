//! Making, deleting and delegating groups.

use crate::{
    Change, Delegate, Description, Org, Role, User, Violation,
    commands::{add_group_delegated_org, create_group, delete_group, remove_group_delegated_org},
    fixtures::{acme, delegate, description, group_id, org_id, user},
};

fn create(org: &Org, parent: &str, id: &str, text: &str) -> Result<Change, Violation> {
    create_group(org, &group_id(parent), group_id(id), description(text))
}

#[test]
fn a_group_is_made_under_its_parent() {
    let change = create(&acme(), "g", "new", "Berlin");
    let (group, parent, description) = (group_id("new"), group_id("g"), description("Berlin"));
    assert_eq!(change, Ok(Change::GroupCreated { group, parent, description }));
}

#[test]
fn siblings_differ_in_their_description_byte_for_byte() {
    let org = acme();
    assert_eq!(create(&org, "p", "new", "g"), Err(Violation::GroupExists { existing: group_id("g") }));
    for (parent, text) in [("p", "G"), ("p", "g "), ("p", " g"), ("p", "g\u{301}"), ("g", "g"), ("s", "g")] {
        assert!(create(&org, parent, "new", text).is_ok(), "{text:?} in {parent}");
    }
}

#[test]
fn depth_ends_at_32() {
    let mut org = Org::new(org_id("org-acmeco"), Description::parse_or_empty("").unwrap());
    let mut parent = "org-acmeco".to_owned();
    for depth in 1..=32 {
        let id = format!("depth-{depth}");
        let change = create(&org, &parent, &id, "below").unwrap();
        org.apply(&change).unwrap();
        parent = id;
    }
    assert_eq!(org.group(&group_id("depth-32")).unwrap().depth(), Org::MAX_DEPTH);
    assert_eq!(create(&org, "depth-32", "new", "below"), Err(Violation::TooDeep { depth: 33, max: 32 }));
    assert!(create(&org, "depth-31", "new", "beside").is_ok());
}

fn delete(org: &Org, group: &str, components: u64, visible: fn(&User) -> bool) -> Result<Change, Violation> {
    delete_group(org, &group_id(group), components, visible)
}

fn left(certificates: usize, users: usize, others: usize, components: u64, children: usize) -> Violation {
    Violation::NotEmpty { certificates, users, others, components, children }
}

#[test]
fn a_root_is_not_deleted_whatever_is_in_it() {
    let root = Err(Violation::RootGroup { group: group_id("org-acmeco") });
    assert_eq!(delete(&acme(), "org-acmeco", 3, |_| true), root);
    let bare = Org::new(org_id("org-acmeco"), description("Acme"));
    assert_eq!(delete(&bare, "org-acmeco", 0, |_| true), root);
}

#[test]
fn a_group_is_deleted_once_it_is_empty() {
    let org = acme();
    assert_eq!(delete(&org, "d", 0, |_| true), Ok(Change::GroupDeleted { group: group_id("d") }));
    assert_eq!(delete(&org, "d", 7, |_| true), Err(left(0, 0, 0, 7, 0)));
    assert_eq!(delete(&org, "p", 0, |_| true), Err(left(0, 0, 0, 0, 2)));
    // What is below or above does not count, nor does the group's own delegation list.
    let org = org.with_role("p", &user("org-acmeco", "ann"), Role::Admin).delegated("d", "*");
    assert!(delete(&org, "d", 0, |_| true).is_ok());
}

#[test]
fn users_that_the_caller_may_not_see_are_others() {
    let own = ["ann", "bob"].map(|name| user("org-acmeco", name));
    let org = own.iter().fold(acme(), |org, user| org.with_role("g", user, Role::Requestor));
    let org = org.with_role("g", &user("org-partner", "ann"), Role::Requestor);
    assert_eq!(delete(&org, "g", 0, |_| true), Err(left(0, 3, 0, 0, 1)));
    assert_eq!(delete(&org, "g", 0, |user| user.org == org_id("org-partner")), Err(left(0, 1, 2, 0, 1)));
    let org = acme().with_role("s", &own[0], Role::Requestor);
    assert_eq!(delete(&org, "s", 0, |_| false), Err(left(0, 0, 1, 0, 0)));
}

fn add(org: &Org, group: &str, to: &str) -> Result<Change, Violation> {
    add_group_delegated_org(org, &group_id(group), delegate(to))
}

fn remove(org: &Org, group: &str, to: &str) -> Result<Change, Violation> {
    remove_group_delegated_org(org, &group_id(group), delegate(to))
}

#[test]
fn an_organization_does_not_delegate_to_itself() {
    let own = Err(Violation::OwnOrganization { org: org_id("org-acmeco") });
    assert_eq!(add(&acme(), "g", "org-acmeco"), own);
    assert_eq!(remove(&acme(), "g", "org-acmeco"), own);
}

#[test]
fn a_delegation_stands_once_in_a_group() {
    let org = acme().delegated("p", "org-partner").delegated("g", "*");
    let added =
        |group: &str, to| Ok(Change::DelegationAdded { group: group_id(group), delegate: delegate(to) });
    assert_eq!(
        add(&org, "p", "org-partner"),
        Err(Violation::AlreadyDelegated { delegate: delegate("org-partner") })
    );
    assert_eq!(add(&org, "g", "*"), Err(Violation::AlreadyDelegated { delegate: Delegate::Any }));
    // An inherited one may be added, and the star is an entry of its own.
    assert_eq!(add(&org, "g", "org-partner"), added("g", "org-partner"));
    assert_eq!(add(&org, "p", "*"), added("p", "*"));
}

#[test]
fn only_a_groups_own_delegation_is_removed() {
    let org = acme().delegated("p", "org-partner").delegated("g", "*");
    let missing = |to| Err(Violation::NotDelegated { delegate: delegate(to) });
    assert_eq!(remove(&org, "g", "org-partner"), missing("org-partner"));
    assert_eq!(remove(&org, "p", "*"), missing("*"));
    let removed = Change::DelegationRemoved { group: group_id("p"), delegate: delegate("org-partner") };
    assert_eq!(remove(&org, "p", "org-partner"), Ok(removed));
}

#[test]
fn a_delegation_that_roles_rest_on_stays() {
    let in_use = |to, users| Err(Violation::DelegationInUse { delegate: delegate(to), users });
    let partner = ["ann", "bob"].map(|name| user("org-partner", name));
    let [ann, bob] = &partner;
    let org = acme().delegated("p", "org-partner").with_role("p", ann, Role::Admin).with_role(
        "d",
        ann,
        Role::Admin,
    );
    let org = org.with_role("s", bob, Role::Requestor);
    assert_eq!(remove(&org, "p", "org-partner"), in_use("org-partner", 3));
    // Another source for some of them: the others still rest on it.
    let also_below = org.clone().delegated("g", "*");
    assert_eq!(remove(&also_below, "p", "org-partner"), in_use("org-partner", 2));
    assert!(remove(&also_below, "g", "*").is_ok());
    // Another source for all of them.
    for source in ["org-partner", "*"] {
        assert!(remove(&org.clone().delegated("org-acmeco", source), "p", "org-partner").is_ok());
    }
    assert!(remove(&org.clone().delegated("p", "*"), "p", "org-partner").is_ok());
    assert_eq!(
        remove(&org.delegated("org-acmeco", "org-other"), "p", "org-partner"),
        in_use("org-partner", 3)
    );
}

#[test]
fn roles_elsewhere_of_others_and_support_rest_on_no_delegation() {
    let org = acme()
        .delegated("g", "org-partner")
        .delegated("g", "*")
        .delegated("p", "org-partner")
        .delegated("org-acmeco", "org-vendor")
        .with_role("s", &user("org-partner", "ann"), Role::Admin)
        .with_role("g", &user("org-acmeco", "ann"), Role::Admin)
        .with_role("org-acmeco", &user("org-vendor", "vic"), Role::Support);
    assert!(remove(&org, "g", "org-partner").is_ok());
    assert!(remove(&org, "g", "*").is_ok());
    assert!(remove(&org, "org-acmeco", "org-vendor").is_ok());
    let with_other = org.with_role("d", &user("org-other", "olga"), Role::Admin);
    assert!(remove(&with_other, "g", "org-partner").is_ok());
    let in_use = Violation::DelegationInUse { delegate: Delegate::Any, users: 1 };
    assert_eq!(remove(&with_other, "g", "*"), Err(in_use));
    // Not even a role without any source, which no command makes, rests on somebody else's delegation.
    let without_source =
        acme().delegated("g", "org-partner").with_role("g", &user("org-other", "olga"), Role::Admin);
    assert!(remove(&without_source, "g", "org-partner").is_ok());
}
