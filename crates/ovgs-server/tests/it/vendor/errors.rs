//! One row per documented error, and the ways in which calls are repeated.

use ovgs_domain::{Delegate, Role};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    errors::{fails, refuses},
    support::{pki, user},
};

fn account(name: &str, org_id: &str) -> pb::RegisterUserRequest {
    pb::RegisterUserRequest { username: name.into(), user_type: PERSON, org_id: org_id.into() }
}

fn grant(name: &str, org_id: &str, group_id: &str, role: v1::UserRole) -> pb::GrantRoleRequest {
    pb::GrantRoleRequest {
        username: name.into(),
        user_type: PERSON,
        org_id: org_id.into(),
        group_id: group_id.into(),
        user_role: role.into(),
    }
}

fn token(name: &str, ttl: Option<i64>) -> pb::IssueTokenRequest {
    pb::IssueTokenRequest {
        username: name.into(),
        user_type: PERSON,
        org_id: "org-acmeco".into(),
        ttl: ttl.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
        bind_certificate_der: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations() {
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    vendor.create_org("org-acmeco", "ann").await;
    let new = |org_id: &str, description: Option<&str>, admin: &str| {
        vendor.asks(pb::CreateOrgRequest {
            org_id: org_id.into(),
            description: description.map(Into::into),
            admin_username: admin.into(),
            admin_type: 0,
        })
    };
    for repeated in [new("org-acmeco", None, ""), new("org-acmeco", Some("org-acmeco Inc"), "ann")] {
        assert!(client.create_org(repeated).await.unwrap().into_inner().unchanged);
    }
    let other = client.create_org(new("org-acmeco", Some("Other"), "")).await;
    fails("", other, Code::AlreadyExists, "exists with the description `org-acmeco Inc`");
    client
        .grant_role(vendor.asks(grant("eve", "org-acmeco", "org-acmeco", v1::UserRole::Assigner)))
        .await
        .unwrap();
    let other = client.create_org(new("org-acmeco", None, "eve")).await;
    fails("", other, Code::AlreadyExists, "has the role ASSIGNER in this group already");
    refuses("", client.create_org(new("acmeco", None, "")).await, "org_id");
    refuses("", client.create_org(new("org-b", Some("a\nb"), "")).await, "description");
    refuses("", client.create_org(new("org-b", None, "\0")).await, "admin_username");
    let missing = || vendor.asks(pb::GetOrgRequest { org_id: "org-nowhere".into() });
    fails("", client.get_org(missing()).await, Code::NotFound, "`org-nowhere` does not exist");
    refuses("", client.get_org(vendor.asks(pb::GetOrgRequest::default())).await, "org_id");
    refuses("", client.delete_org(vendor.asks(pb::DeleteOrgRequest::default())).await, "org_id");
    let shown = client.get_org(vendor.asks(pb::GetOrgRequest { org_id: "org-acmeco".into() })).await.unwrap();
    let shown = shown.into_inner();
    assert_eq!((shown.groups, shown.registered_users, shown.users.len()), (1, 2, 2));
    let listed = client.list_orgs(vendor.asks(pb::ListOrgsRequest {})).await.unwrap().into_inner();
    let listed: Vec<_> = all(listed).await.unwrap().into_iter().map(|org| org.org_id).collect();
    assert_eq!(listed, ["org-acmeco", "org-vendor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_deleted_in_two_steps() {
    let vendor = Vendor::new().await;
    let (mut client, store) = (vendor.client.clone(), &vendor.server.store);
    for (org_id, admin) in [("org-acmeco", "ann"), ("org-betaco", "bob")] {
        vendor.create_org(org_id, admin).await;
    }
    let (acme, beta) = (org("org-acmeco"), org("org-betaco"));
    let group = seed::create_group(store, &acme, "group-a", &acme.root()).await;
    seed::create_group(store, &acme, "group-b", &group).await;
    let tree = ovgs_store::Organizations::org(store.as_ref(), &acme).await.unwrap().unwrap();
    let expiry = crate::support::now() + chrono::TimeDelta::days(10);
    seed::add_cert(store, &tree, "cert-a", &group, &pki::domain_cert(), expiry).await;
    vendor.import(begin("org-acmeco"), vec![part("A"), part("B")], 10).await.unwrap();
    seed::delegate(store, &beta, &beta.root(), Delegate::Org(acme.clone())).await;
    seed::grant(store, &beta, &beta.root(), &user("org-acmeco", "unregistered"), Role::Requestor).await;
    let token = vendor.server.token(&user("org-acmeco", "ann")).await;

    let delete = |force| vendor.asks(pb::DeleteOrgRequest { org_id: "org-acmeco".into(), force });
    let refused = client.delete_org(delete(false)).await;
    let status = fails("", refused, Code::FailedPrecondition, "2 child groups, 2 components, 1 certificate");
    let info = status.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("ORG_IN_USE", "ovgs.provisioning.v1"));
    let counted = |what: &str| info.metadata[what].as_str();
    assert_eq!((counted("groups"), counted("components"), counted("certificates")), ("2", "2", "1"));
    assert_eq!((counted("roles"), counted("users")), ("1", "1"));
    assert_eq!((counted("employers"), counted("delegators")), ("1", "1"));

    let gone = client.delete_org(delete(true)).await.unwrap().into_inner().gone.unwrap();
    assert_eq!((gone.groups, gone.components, gone.certificates, gone.roles, gone.users), (2, 2, 1, 1, 1));
    assert_eq!(
        (gone.employers, gone.delegators),
        (vec!["org-betaco".to_owned()], vec!["org-betaco".to_owned()])
    );
    fails("", client.delete_org(delete(true)).await, Code::NotFound, "`org-acmeco` does not exist");
    let mut operators = vendor.server.client().await;
    let asked =
        operators.get_group(with_token(v1::GetGroupRequest { group_id: "org-betaco".into() }, &token)).await;
    assert_eq!(asked.unwrap_err().code(), Code::Unauthenticated);
    // Its journal outlives it, and names the principal in every step.
    let told =
        vendor.changes(pb::ListChangesRequest { org_id: "org-acmeco".into(), ..Default::default() }).await;
    assert_eq!(told.last().map(|change| change.change.as_str()), Some("org_deleted"));
    let retired = told.iter().filter(|change| change.change == "component_retired");
    assert!(retired.clone().count() == 2 && retired.clone().all(|change| change.author.ends_with("/erp")));
    let left = client.get_org(vendor.asks(pb::GetOrgRequest { org_id: "org-betaco".into() })).await.unwrap();
    assert_eq!((left.get_ref().users.len(), left.get_ref().delegated_orgs.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_roles_and_tokens() {
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    vendor.create_org("org-acmeco", "ann").await;
    vendor.create_org("org-betaco", "bob").await;
    assert!(
        client.register_user(vendor.asks(account("ann", "org-acmeco"))).await.unwrap().into_inner().unchanged
    );
    refuses("", client.register_user(vendor.asks(account("", "org-acmeco"))).await, "username");
    let nowhere = client.register_user(vendor.asks(account("ann", "org-nowhere"))).await;
    fails("", nowhere, Code::NotFound, "`org-nowhere`");
    let listed = client.list_users(vendor.asks(pb::ListUsersRequest::default())).await.unwrap().into_inner();
    let listed: Vec<_> =
        all(listed).await.unwrap().into_iter().map(|user| (user.org_id, user.username)).collect();
    assert_eq!(listed.len(), 3, "{listed:?}");
    let nowhere = pb::ListUsersRequest { org_id: "org-nowhere".into() };
    fails("", client.list_users(vendor.asks(nowhere)).await, Code::NotFound, "`org-nowhere`");

    use v1::UserRole::{Admin, Assigner, Requestor, Support, Unspecified};
    let gives = async |asked: pb::GrantRoleRequest| client.clone().grant_role(vendor.asks(asked)).await;
    assert!(gives(grant("ann", "org-acmeco", "org-acmeco", Admin)).await.unwrap().into_inner().unchanged);
    for (asked, code, says) in [
        (grant("ann", "org-acmeco", "org-acmeco", Unspecified), Code::InvalidArgument, "user_role"),
        (grant("ann", "org-acmeco", "", Admin), Code::InvalidArgument, "group_id"),
        (grant("ann", "org-acmeco", "org-acmeco", Assigner), Code::AlreadyExists, "has the role ADMIN"),
        (grant("ann", "org-acmeco", "org-acmeco", Support), Code::InvalidArgument, "support organizations"),
        (grant("bob", "org-betaco", "org-acmeco", Requestor), Code::FailedPrecondition, "not delegated"),
        (grant("ann", "org-acmeco", "group-x", Admin), Code::NotFound, "group `group-x` does not exist"),
        (grant("ann", "org-nowhere", "org-acmeco", Admin), Code::NotFound, "`org-nowhere`"),
    ] {
        fails(says, gives(asked).await, code, says);
    }
    gives(grant("helper", "org-vendor", "org-acmeco", Support)).await.expect("SUPPORT is first given here");
    let takes = |name: &str, org_id: &str, group_id: &str| {
        vendor.asks(pb::RevokeRoleRequest {
            username: name.into(),
            user_type: PERSON,
            org_id: org_id.into(),
            group_id: group_id.into(),
        })
    };
    let taken = client.revoke_role(takes("helper", "org-vendor", "org-acmeco")).await.unwrap();
    assert!(!taken.into_inner().unchanged);
    let taken = client.revoke_role(takes("helper", "org-vendor", "org-acmeco")).await.unwrap();
    assert!(taken.into_inner().unchanged);
    fails("", client.revoke_role(takes("ann", "org-acmeco", "group-x")).await, Code::NotFound, "`group-x`");

    let unregistered = client.issue_token(vendor.asks(token("eve", None))).await;
    fails("", unregistered, Code::FailedPrecondition, "`org-acmeco/user/eve` is not registered");
    refuses("", client.issue_token(vendor.asks(token("ann", Some(0)))).await, "ttl");
    refuses("", client.issue_token(vendor.asks(token("ann", Some(300_000_000_000)))).await, "ttl");
    let bound = pb::IssueTokenRequest { bind_certificate_der: vec![1], ..token("ann", None) };
    refuses("", client.issue_token(vendor.asks(bound)).await, "bind_certificate_der");
    let issued = client.issue_token(vendor.asks(token("ann", None))).await.unwrap().into_inner();
    let jti = issued.record.unwrap().jti;
    for unchanged in [false, true] {
        let revoked = client.revoke_token(vendor.asks(pb::RevokeTokenRequest { jti: jti.clone() })).await;
        assert_eq!(revoked.unwrap().into_inner().unchanged, unchanged);
    }
    let unknown = client.revoke_token(vendor.asks(pb::RevokeTokenRequest { jti: "x".into() })).await;
    fails("", unknown, Code::NotFound, "there is no token `x`");
    for unchanged in [false, true] {
        let ann =
            pb::RemoveUserRequest { username: "ann".into(), user_type: PERSON, org_id: "org-acmeco".into() };
        assert_eq!(client.remove_user(vendor.asks(ann)).await.unwrap().into_inner().unchanged, unchanged);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_out_at_once() {
    let vendor = Vendor::new().await;
    let (mut client, mut operator) = (vendor.client.clone(), vendor.server.client().await);
    for force in [false, true] {
        vendor.create_org("org-acmeco", "ann").await;
        let issued = client.issue_token(vendor.asks(token("ann", None))).await.unwrap().into_inner();
        let mut asks = async || {
            let asked = v1::GetGroupRequest { group_id: "org-acmeco".into() };
            operator.get_group(with_token(asked, &issued.token)).await
        };
        asks().await.expect("an ADMIN reads its root group");
        let org_id = || "org-acmeco".to_owned();
        if force {
            let deleted = pb::DeleteOrgRequest { org_id: org_id(), force };
            client.delete_org(vendor.asks(deleted)).await.unwrap();
        } else {
            let ann = pb::RemoveUserRequest { username: "ann".into(), user_type: PERSON, org_id: org_id() };
            client.remove_user(vendor.asks(ann)).await.unwrap();
        }
        fails("", asks().await, Code::Unauthenticated, "");
        if !force {
            let deleted = pb::DeleteOrgRequest { org_id: org_id(), force };
            client.delete_org(vendor.asks(deleted)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_leave() {
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    vendor.create_org("org-acmeco", "ann").await;
    vendor.import(begin("org-acmeco"), vec![part("A")], 10).await.unwrap();
    let transfer = |serial: &str, to: &str| {
        vendor.asks(pb::TransferComponentRequest {
            component: component("30065", serial),
            to_org_id: to.into(),
        })
    };
    assert!(client.transfer_component(transfer("A", "org-acmeco")).await.unwrap().into_inner().unchanged);
    fails("", client.transfer_component(transfer("A", "org-x")).await, Code::NotFound, "`org-x`");
    fails("", client.transfer_component(transfer("B", "org-acmeco")).await, Code::NotFound, "`30065/B`");
    refuses("", client.transfer_component(transfer("A", "")).await, "to_org_id");
    let retire = |ien: &str| vendor.asks(pb::RetireComponentRequest { component: component(ien, "A") });
    refuses("", client.retire_component(retire("x")).await, "component.ien");
    fails("", client.retire_component(retire("9")).await, Code::NotFound, "`9/A`");
    client.retire_component(retire("30065")).await.unwrap();
    let gone = vendor.asks(pb::GetComponentRequest { component: component("30065", "A") });
    fails("", client.get_component(gone).await, Code::NotFound, "`30065/A`");
    refuses("", client.get_component(vendor.asks(pb::GetComponentRequest::default())).await, "component");
    let nowhere = vendor.asks(pb::ExportComponentsRequest { org_id: "org-x".into() });
    fails("", client.export_components(nowhere).await, Code::NotFound, "`org-x`");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal() {
    let vendor = Vendor::new().await;
    let mut client = vendor.client.clone();
    let nowhere = || "org-nowhere".to_owned();
    let changes = vendor.asks(pb::ListChangesRequest { org_id: nowhere(), ..Default::default() });
    fails("", client.list_changes(changes).await, Code::NotFound, "`org-nowhere`");
    let vouchers = vendor.asks(pb::ListVouchersRequest { org_id: nowhere(), ..Default::default() });
    fails("", client.list_vouchers(vouchers).await, Code::NotFound, "`org-nowhere`");
    let nobody = Some(pb::list_changes_request::Account::default());
    let changes = vendor.asks(pb::ListChangesRequest { user: nobody, ..Default::default() });
    refuses("", client.list_changes(changes).await, "user.username");
    let since = Some(prost_types::Timestamp { seconds: 0, nanos: -1 });
    let vouchers = vendor.asks(pb::ListVouchersRequest { since, ..Default::default() });
    refuses("", client.list_vouchers(vouchers).await, "since");
    let none = client.list_vouchers(vendor.asks(pb::ListVouchersRequest::default())).await.unwrap();
    assert!(all(none.into_inner()).await.unwrap().is_empty());
}
