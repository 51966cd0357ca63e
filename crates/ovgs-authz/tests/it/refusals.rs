//! What a refusal says, and what a mandate proves.

use expect_test::expect;
use ovgs_authz::{Action, Denied, Operation, Place, Power, Principals, Provisioner, Request, Task};
use ovgs_domain::{Author, Role, Username};

use crate::{
    scenario::{ROWS, Relation, call, scene},
    world::{group_id, user},
};

#[test]
fn a_refusal_names_the_role_and_the_place() {
    let (world, nobody) = scene(Relation::SameGroup, None).unwrap();
    let trees = world.trees();
    let mut said = String::new();
    for row in ROWS.iter().filter(|row| row.on != "G+D" && row.on != "G<R") {
        let call = call(*row, Relation::SameGroup);
        let denied = trees.policy.decide(&nobody, &trees.request(&call)).unwrap_err();
        said += &format!("{}: {denied}\n", row.operation);
    }
    expect![[r#"
        GetComponents: the role REQUESTOR or higher is needed in the group
        CreateGroup: the role ADMIN or higher is needed in the parent group
        DeleteGroup: the role ADMIN or higher is needed in the parent group
        GetGroup: the role REQUESTOR or higher is needed in the group
        AddGroupDelegatedOrg: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        RemoveGroupDelegatedOrg: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        AddUserRole: the role ADMIN or higher is needed in the group
        RemoveUserRole: the role ADMIN or higher is needed in the group
        GetUserRole: the role REQUESTOR or higher is needed in the group
        AddSerial: the role ASSIGNER or higher is needed in the group
        RemoveSerial: the role ASSIGNER or higher is needed in the group
        GetSerial: the role REQUESTOR or higher is needed in a group of the component
        GetSerials: the role REQUESTOR or higher is needed in a group of the component
        CreateDomainCert: the role ASSIGNER or higher is needed in the group
        DeleteDomainCert: the role ASSIGNER or higher is needed in the certificate's group
        GetDomainCert: the role REQUESTOR or higher is needed in the certificate's group
        GetOwnershipVoucher: the role REQUESTOR or higher is needed in a group of the component
        GetOwnershipVoucher: the role REQUESTOR or higher is needed in a group of the component
        GetOwnershipVouchers: the role REQUESTOR or higher is needed in a group of the component
        GetOwnershipVouchers: the role REQUESTOR or higher is needed in a group of the component
        RegisterUser: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        RemoveUser: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        ListUsers: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        IssueToken: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        ListTokens: the role ADMIN in the root group is needed, held by a user of the organization that owns it
        RevokeToken: the role ADMIN in the root group is needed, held by a user of the organization that owns it
    "#]].assert_eq(&said);
}

#[test]
fn of_two_groups_the_first_one_missing_is_named() {
    let (world, caller) = scene(Relation::SameGroup, Some(Role::Assigner)).unwrap();
    let trees = world.trees();
    let refused = |request| trees.policy.decide(&caller, &request).unwrap_err();
    let (g, s) = (group_id("group-g"), group_id("group-s"));
    let (here, elsewhere) = (trees.spot(&g), trees.spot(&s));
    let missing = |role, place| Denied::MissingRole { role, place };

    let denied = refused(Request::AddSerial { group: elsewhere, holder: elsewhere });
    assert_eq!(denied, missing(Role::Assigner, Place::Group));
    let denied = refused(Request::AddSerial { group: here, holder: elsewhere });
    assert_eq!(denied, missing(Role::Assigner, Place::Holder));
    let denied = refused(Request::GetOwnershipVoucher { holder: elsewhere, cert_group: elsewhere });
    assert_eq!(denied, missing(Role::Requestor, Place::Holder));
    let denied = refused(Request::GetOwnershipVouchers { holder: here, cert_group: elsewhere });
    assert_eq!(denied, missing(Role::Requestor, Place::Cert));
}

#[test]
fn the_reason_comes_in_the_order_of_the_contract() {
    let (world, caller) = scene(Relation::Delegated, Some(Role::Admin)).unwrap();
    let trees = world.trees();
    let g = group_id("group-g");
    let (group, theirs) = (trees.spot(&g), user("org-acmeco", "member"));
    let refused = |request| trees.policy.decide(&caller, &request).unwrap_err();

    assert_eq!(
        refused(Request::AddUserRole { group, user: &theirs, role: Role::Support }),
        Denied::SupportOnly
    );
    assert_eq!(
        refused(Request::AddUserRole { group, user: &theirs, role: Role::Requestor }),
        Denied::OwnUsersOnly
    );
    assert_eq!(refused(Request::RemoveUserRole { group, user: &theirs }), Denied::OwnUsersOnly);
    expect!["the role SUPPORT is needed to give or take SUPPORT"].assert_eq(&Denied::SupportOnly.to_string());
    expect!["in a delegated group, roles can be given to and taken from users of your own organization only"]
        .assert_eq(&Denied::OwnUsersOnly.to_string());
}

#[test]
fn a_mandate_of_the_vendor_names_its_author() {
    let author = Author::Cli(Username::parse("root").unwrap());
    let mandate = Provisioner::cli(Username::parse("root").unwrap()).mandate(Task::GrantRole);
    assert_eq!((mandate.action(), mandate.author()), (Action::Provision(Task::GrantRole), &author));

    let (world, _) = scene(Relation::SameGroup, None).unwrap();
    let trees = world.trees();
    let g = group_id("group-g");
    let org = trees.org_of(&g);
    let grant = mandate.grant(org);
    assert_eq!(grant.action(), Action::Provision(Task::GrantRole));
    assert_eq!((grant.org(), grant.revision(), grant.author()), (org.id(), org.revision(), &author));
}

#[test]
fn only_principals_provision_and_the_journal_names_them() {
    let (erp, other) = (user("org-vendor", "erp"), user("org-other", "erp"));
    let principals = Principals::new([erp.clone()]);
    let mandate = principals.decide(&erp).unwrap().mandate(Task::CreateOrg);
    assert_eq!(
        (mandate.action(), mandate.author()),
        (Action::Provision(Task::CreateOrg), &Author::User(erp.clone()))
    );
    assert_eq!(principals.decide(&other), Err(Denied::NotPrincipal));
    assert_eq!(Principals::default().decide(&erp), Err(Denied::NotPrincipal));
    expect!["only the principals that the server's configuration names may provision"]
        .assert_eq(&Denied::NotPrincipal.to_string());
}

#[test]
fn accounts_with_power_of_the_vendor_s_are_not_removed_nor_lent_by_an_admin() {
    let (world, admin) = scene(Relation::Ancestor, Some(Role::Admin)).unwrap();
    let trees = world.trees();
    let g = group_id("group-g");
    let root = trees.spot(&g).root();
    for power in [Power::Ordinary, Power::Vendors] {
        for request in [Request::RemoveUser { root, power }, Request::IssueToken { root, power }] {
            let refused = trees.policy.decide(&admin, &request).err();
            assert_eq!(refused, (power == Power::Vendors).then_some(Denied::VendorOnly), "{request:?}");
        }
    }
    expect![
        "the account holds SUPPORT or acts for the vendor, so only the vendor removes it or issues its tokens"
    ]
    .assert_eq(&Denied::VendorOnly.to_string());
}

#[test]
fn a_grant_about_accounts_alone_is_a_mandate_for_them() {
    let (world, admin) = scene(Relation::Ancestor, Some(Role::Admin)).unwrap();
    let trees = world.trees();
    let g = group_id("group-g");
    let root = trees.spot(&g).root();
    let granted = |request| trees.policy.decide(&admin, &request).unwrap();
    let mandate = granted(Request::RegisterUser { root }).into_account_mandate().unwrap();
    assert_eq!(mandate.action(), Action::Call(Operation::RegisterUser));
    assert_eq!(mandate.author(), &Author::User(admin.clone()));
    assert!(granted(Request::CreateGroup { parent: root }).into_account_mandate().is_none());
    assert!(granted(Request::ListUsers { root }).into_account_mandate().is_none());
}
