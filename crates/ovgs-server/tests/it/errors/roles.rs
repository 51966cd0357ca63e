//! AddUserRole, RemoveUserRole, GetUserRole.

use ovgs_proto::v1 as pb;
use tonic::Code;

use super::{World, fails, refuses};
use crate::support::{Options, org, seed, user};

fn add(org_id: &str, username: &str, group_id: &str, role: pb::UserRole) -> pb::AddUserRoleRequest {
    pb::AddUserRoleRequest {
        username: username.into(),
        user_type: pb::AccountType::User.into(),
        org_id: org_id.into(),
        group_id: group_id.into(),
        user_role: role.into(),
    }
}

fn remove(org_id: &str, username: &str, group_id: &str) -> pb::RemoveUserRoleRequest {
    pb::RemoveUserRoleRequest {
        username: username.into(),
        user_type: pb::AccountType::User.into(),
        org_id: org_id.into(),
        group_id: group_id.into(),
    }
}

fn get(org_id: &str, username: &str) -> pb::GetUserRoleRequest {
    pb::GetUserRoleRequest {
        username: username.into(),
        user_type: pb::AccountType::User.into(),
        org_id: org_id.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn add_user_role_refuses_as_documented() {
    use pb::UserRole::{Admin, Requestor, Support};
    let world = World::new().await;
    let client = || world.client.clone();
    let unknown = client().add_user_role(world.admin(add("org-acmeco", "u", "group-none", Requestor))).await;
    fails("unknown group", unknown, Code::NotFound, "group-none");
    let denied = client().add_user_role(world.stranger(add("org-other", "u", "group-a", Requestor))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ADMIN");
    let denied = client().add_user_role(world.admin(add("org-vendor", "u", "org-acmeco", Support))).await;
    fails("SUPPORT given by an ADMIN", denied, Code::PermissionDenied, "SUPPORT");
    let denied = client().add_user_role(world.delegated(add("org-acmeco", "u", "group-a", Requestor))).await;
    fails("another organization by a delegated caller", denied, Code::PermissionDenied, "own organization");
    let outside = client().add_user_role(world.support(add("org-vendor", "u", "group-a", Support))).await;
    refuses("SUPPORT outside a root", outside, "user_role");
    let wrong = client().add_user_role(world.support(add("org-acmeco", "u", "org-acmeco", Support))).await;
    refuses("SUPPORT outside the support organizations", wrong, "user_role");
    let wrong = client().add_user_role(world.support(add("org-nowhere", "u", "org-acmeco", Support))).await;
    refuses("the same before the organization is looked for", wrong, "user_role");
    let unknown = client().add_user_role(world.admin(add("org-nowhere", "u", "group-a", Requestor))).await;
    fails("unknown organization", unknown, Code::NotFound, "org-nowhere");
    let none = client().add_user_role(world.admin(add("org-other", "u", "group-a", Requestor))).await;
    fails("no delegation", none, Code::FailedPrecondition, "org-other");
    client().add_user_role(world.admin(add("org-acmeco", "u", "group-a", Requestor))).await.unwrap();
    let again = client().add_user_role(world.admin(add("org-acmeco", "u", "group-a", Admin))).await;
    fails("a second role", again, Code::AlreadyExists, "REQUESTOR");
    client()
        .add_user_role(world.support(add("org-vendor", "u", "org-acmeco", Support)))
        .await
        .expect("by SUPPORT");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_users_must_be_registered() {
    let mut options = Options::default();
    options.settings.strict_users = true;
    let world = World::with(options).await;
    let message = add("org-acmeco", "unregistered", "group-a", pb::UserRole::Requestor);
    let unknown = world.client.clone().add_user_role(world.admin(message)).await;
    fails("not registered", unknown, Code::NotFound, "unregistered");
    let message = add("org-acmeco", "admin", "group-a", pb::UserRole::Requestor);
    world.client.clone().add_user_role(world.admin(message)).await.expect("registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn remove_user_role_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let unknown = client().remove_user_role(world.admin(remove("org-acmeco", "u", "group-none"))).await;
    fails("unknown group", unknown, Code::NotFound, "group-none");
    let denied = client().remove_user_role(world.stranger(remove("org-acmeco", "admin", "org-acmeco"))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ADMIN");
    let denied = client().remove_user_role(world.delegated(remove("org-acmeco", "admin", "group-a"))).await;
    fails("another organization by a delegated caller", denied, Code::PermissionDenied, "own organization");
    let none = client().remove_user_role(world.admin(remove("org-acmeco", "admin", "group-a"))).await;
    fails("no role in this very group", none, Code::NotFound, "admin");
    let denied = client().remove_user_role(world.admin(remove("org-vendor", "support", "org-acmeco"))).await;
    fails("SUPPORT taken by an ADMIN", denied, Code::PermissionDenied, "SUPPORT");
    let own = client().remove_user_role(world.admin(remove("org-acmeco", "admin", "org-acmeco"))).await;
    own.expect("one's own role may be removed");
    let denied = client().get_group(world.admin(pb::GetGroupRequest { group_id: "org-acmeco".into() })).await;
    fails("and counts at the next call", denied, Code::PermissionDenied, "REQUESTOR");
}

#[tokio::test(flavor = "multi_thread")]
async fn get_user_role_tells_only_what_may_be_seen() {
    let world = World::new().await;
    let client = || world.client.clone();
    let unknown = client().get_user_role(world.admin(get("org-acmeco", "nobody"))).await;
    fails("unknown, of the own organization", unknown, Code::NotFound, "nobody");
    for (name, of) in [("nobody", "org-other"), ("stranger", "org-other"), ("x", "org-nowhere")] {
        let answer = client().get_user_role(world.admin(get(of, name))).await.unwrap().into_inner();
        assert!(answer.groups.is_empty(), "{name} of {of}");
    }
    let own =
        client().get_user_role(world.stranger(get("org-other", "stranger"))).await.unwrap().into_inner();
    assert_eq!(own.groups.len(), 1, "a caller always sees its own roles");
    let foreign =
        client().get_user_role(world.stranger(get("org-acmeco", "admin"))).await.unwrap().into_inner();
    assert!(foreign.groups.is_empty());
    let delegated = client().get_user_role(world.admin(get("org-partner", "delegated"))).await.unwrap();
    assert_eq!(delegated.into_inner().groups["group-a"], i32::from(pb::UserRole::Admin));
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_in_too_many_groups_are_too_large() {
    let mut options = Options::default();
    options.settings.limits.max_response_bytes = 64 * 1024;
    let world = World::with(options).await;
    let (store, acme) = (&world.server.store, org("org-acmeco"));
    let many = user("org-acmeco", "many");
    for number in 0..600 {
        let group = seed::create_group(store, &acme, &format!("{number:0>120}"), &acme.root()).await;
        seed::grant(store, &acme, &group, &many, ovgs_domain::Role::Requestor).await;
    }
    let answer = world.client.clone().get_user_role(world.admin(get("org-acmeco", "many"))).await;
    fails("too large", answer, Code::ResourceExhausted, "max_response_bytes");
    let group = pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let answer = world.client.clone().get_group(world.admin(group)).await;
    fails("children alone are too large", answer, Code::ResourceExhausted, "max_response_bytes");
}
