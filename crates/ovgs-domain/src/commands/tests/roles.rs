//! Giving and taking roles.

use crate::{
    Change, Org, Role, User, UserType, Violation,
    commands::{Membership, add_user_role, remove_user_role},
    fixtures::{acme, group_id, org_id, user},
};

fn add(org: &Org, group: &str, user: &User, role: Role, in_support: bool) -> Result<Change, Violation> {
    add_user_role(org, Membership { group: group_id(group), user: user.clone(), role }, in_support)
}

fn added(group: &str, user: &User, role: Role) -> Result<Change, Violation> {
    Ok(Change::RoleAdded { group: group_id(group), user: user.clone(), role })
}

#[test]
fn the_owners_users_need_no_delegation() {
    let ann = user("org-acmeco", "ann");
    for role in [Role::Requestor, Role::Assigner, Role::Admin] {
        assert_eq!(add(&acme(), "d", &ann, role, false), added("d", &ann, role));
    }
}

#[test]
fn a_user_has_one_role_in_a_group() {
    let ann = user("org-acmeco", "ann");
    let org = acme().with_role("g", &ann, Role::Assigner);
    let exists = Err(Violation::RoleExists { role: Role::Assigner });
    assert_eq!(add(&org, "g", &ann, Role::Admin, false), exists);
    assert_eq!(add(&org, "g", &ann, Role::Assigner, false), exists);
    // Above and below there may be others, and a service account of the same name is another user.
    assert!(add(&org, "p", &ann, Role::Admin, false).is_ok());
    assert!(add(&org, "d", &ann, Role::Requestor, false).is_ok());
    let program = User { user_type: UserType::ServiceAccount, ..ann };
    assert!(add(&org, "g", &program, Role::Admin, false).is_ok());
}

#[test]
fn another_organizations_users_need_a_source() {
    let pat = user("org-partner", "pat");
    let missing = Err(Violation::NoDelegation { org: org_id("org-partner") });
    let delegations = [
        ("g", "org-partner", true),
        ("p", "org-partner", true),
        ("org-acmeco", "*", true),
        ("d", "org-partner", false),
        ("s", "*", false),
        ("g", "org-other", false),
    ];
    assert_eq!(add(&acme(), "g", &pat, Role::Admin, true), missing);
    for (group, to, is_source) in delegations {
        let expected = if is_source { added("g", &pat, Role::Admin) } else { missing.clone() };
        assert_eq!(
            add(&acme().delegated(group, to), "g", &pat, Role::Admin, false),
            expected,
            "{group} lists {to}"
        );
    }
}

#[test]
fn support_is_held_in_roots_by_support_organizations_without_delegation() {
    let vic = user("org-vendor", "vic");
    assert_eq!(
        add(&acme(), "org-acmeco", &vic, Role::Support, true),
        added("org-acmeco", &vic, Role::Support)
    );
    let outside = Err(Violation::SupportOutsideRoot { group: group_id("g") });
    assert_eq!(add(&acme(), "g", &vic, Role::Support, true), outside);
    let not_support = Err(Violation::NotSupportOrg { org: org_id("org-vendor") });
    assert_eq!(add(&acme(), "org-acmeco", &vic, Role::Support, false), not_support);
    // The owner's own users are no exception.
    let ann = user("org-acmeco", "ann");
    let not_support = Err(Violation::NotSupportOrg { org: org_id("org-acmeco") });
    assert_eq!(add(&acme(), "org-acmeco", &ann, Role::Support, false), not_support);
    // In a support organization, roles other than SUPPORT need what they always need.
    let missing = Err(Violation::NoDelegation { org: org_id("org-vendor") });
    assert_eq!(add(&acme(), "org-acmeco", &vic, Role::Admin, true), missing);
}

#[test]
fn of_several_violations_the_contract_names_the_first() {
    let pat = user("org-partner", "pat");
    let org = acme().with_role("g", &pat, Role::Requestor).with_role("org-acmeco", &pat, Role::Requestor);
    let outside = Err(Violation::SupportOutsideRoot { group: group_id("g") });
    assert_eq!(add(&org, "g", &pat, Role::Support, false), outside);
    let not_support = Err(Violation::NotSupportOrg { org: org_id("org-partner") });
    assert_eq!(add(&org, "org-acmeco", &pat, Role::Support, false), not_support);
    let exists = Err(Violation::RoleExists { role: Role::Requestor });
    assert_eq!(add(&org, "org-acmeco", &pat, Role::Support, true), exists);
    assert_eq!(add(&org, "g", &pat, Role::Admin, false), exists, "there is no source either");
}

#[test]
fn only_a_role_held_in_this_very_group_is_taken() {
    let ann = user("org-acmeco", "ann");
    let org = acme().with_role("p", &ann, Role::Admin);
    let removed = Change::RoleRemoved { group: group_id("p"), user: ann.clone() };
    assert_eq!(remove_user_role(&org, &group_id("p"), &ann), Ok(removed));
    for group in ["g", "org-acmeco", "s"] {
        let missing = Err(Violation::NoSuchRole { user: ann.clone() });
        assert_eq!(remove_user_role(&org, &group_id(group), &ann), missing);
    }
    let program = User { user_type: UserType::ServiceAccount, ..ann };
    assert!(remove_user_role(&org, &group_id("p"), &program).is_err());
}
