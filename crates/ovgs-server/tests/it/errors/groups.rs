//! CreateGroup, DeleteGroup, GetGroup, GetComponents and the two delegation calls.

use ovgs_proto::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use super::{World, fails, refuses};
use crate::support::{Options, org, seed};

fn named(group_id: &str) -> pb::DeleteGroupRequest {
    pb::DeleteGroupRequest { group_id: group_id.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn create_group_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let new = |parent: &str, description: &str| pb::CreateGroupRequest {
        parent: parent.into(),
        description: description.into(),
    };
    let unknown = client().create_group(world.admin(new("group-none", "x"))).await.map(drop);
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let denied = client().create_group(world.stranger(new("org-acmeco", "x"))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ADMIN");

    let made = client().create_group(world.admin(new("org-acmeco", "x"))).await.unwrap().into_inner();
    let again = client().create_group(world.admin(new("org-acmeco", "x"))).await;
    let status = fails("a twin", again, Code::AlreadyExists, &made.group_id);
    let info = status.get_details_error_info().expect("ErrorInfo");
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("ALREADY_EXISTS", "ovgs.v1"));
    assert_eq!(info.metadata["group_id"], made.group_id);
    client().create_group(world.admin(new("group-a", "x"))).await.expect("another parent may have it");

    let mut parent = made.group_id;
    for depth in 2..=32 {
        let message = new(&parent, &depth.to_string());
        parent = client().create_group(world.admin(message)).await.unwrap().into_inner().group_id;
    }
    let deeper = client().create_group(world.admin(new(&parent, "33"))).await;
    fails("depth 33", deeper, Code::FailedPrecondition, "33");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_group_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    fails(
        "unknown",
        client().delete_group(world.admin(named("group-none"))).await,
        Code::NotFound,
        "group-none",
    );
    let denied = client().delete_group(world.delegated(named("group-a"))).await;
    fails("ADMIN of the group, not of its parent", denied, Code::PermissionDenied, "ADMIN");
    let denied = client().delete_group(world.stranger(named("org-acmeco"))).await;
    fails("a stranger at the root", denied, Code::PermissionDenied, "ADMIN");
    refuses("a root", client().delete_group(world.admin(named("org-acmeco"))).await, "group_id");
    let full = client().delete_group(world.admin(named("group-a"))).await;
    let says = "1 certificate, 1 user, 1 component, 1 child group";
    fails("not empty", full, Code::FailedPrecondition, says);
    client().delete_group(world.admin(named("group-empty"))).await.expect("an empty group goes");
    fails(
        "gone",
        client().delete_group(world.admin(named("group-empty"))).await,
        Code::NotFound,
        "group-empty",
    );
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_group_counts_users_unseen_as_others() {
    let world = World::new().await;
    let client = || world.client.clone();
    for (org_id, username) in [("org-acmeco", "a"), ("org-partner", "p")] {
        let message = pb::AddUserRoleRequest {
            username: username.into(),
            user_type: pb::AccountType::User.into(),
            org_id: org_id.into(),
            group_id: "group-b".into(),
            user_role: pb::UserRole::Requestor.into(),
        };
        client().add_user_role(world.admin(message)).await.unwrap();
    }
    let answer = client().delete_group(world.delegated(named("group-b"))).await;
    fails("a delegated ADMIN of the parent", answer, Code::FailedPrecondition, "1 user, 1 other user");
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_group_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let get = |group_id: &str| pb::GetGroupRequest { group_id: group_id.into() };
    let stream = |group_id: &str| pb::GetComponentsRequest { group_id: group_id.into() };
    fails("unknown", client().get_group(world.admin(get("group-none"))).await, Code::NotFound, "group-none");
    fails(
        "stranger",
        client().get_group(world.stranger(get("group-a"))).await,
        Code::PermissionDenied,
        "REQUESTOR",
    );
    let unknown = client().get_components(world.admin(stream("group-none"))).await;
    assert_eq!(unknown.map(drop).unwrap_err().code(), Code::NotFound);
    let denied = client().get_components(world.stranger(stream("group-a"))).await;
    assert_eq!(denied.map(drop).unwrap_err().code(), Code::PermissionDenied);
    world.goes_on().await;
}

/// Parts with ids as long as may be, so that a few make an answer too large for a limit as small as may be.
async fn crowd(world: &World) {
    for number in 0..1200 {
        let id = seed::component_id("30065", &format!("{number:064}"));
        seed::add_component(&world.server.store, &org("org-acmeco"), &id, None, Default::default()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_too_large_is_refused_or_truncated() {
    let limited = |truncates| {
        let mut options = Options::default();
        options.settings.limits.max_response_bytes = 64 * 1024;
        options.settings.compat.truncate_group_components = truncates;
        options
    };
    let get = || pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let world = World::with(limited(false)).await;
    crowd(&world).await;
    let answer = world.client.clone().get_group(world.admin(get())).await;
    fails("too large", answer, Code::ResourceExhausted, "GetComponents");
    let stream = pb::GetComponentsRequest { group_id: "org-acmeco".into() };
    let mut stream = world.client.clone().get_components(world.admin(stream)).await.unwrap().into_inner();
    let mut serials = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        let component = part.component.unwrap();
        serials.push((component.ien, component.serial_number));
    }
    assert_eq!(serials.len(), 1203);
    assert!(serials.is_sorted_by(|a, b| a < b), "in order, and none twice");

    let world = World::with(limited(true)).await;
    crowd(&world).await;
    let group = world.client.clone().get_group(world.admin(get())).await.unwrap().into_inner();
    assert!(group.components.is_empty());
    assert!(!group.child_group_ids.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn delegations_refuse_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let add = |group_id: &str, org_id: &str| pb::AddGroupDelegatedOrgRequest {
        group_id: group_id.into(),
        org_id: org_id.into(),
    };
    let remove = |group_id: &str, org_id: &str| pb::RemoveGroupDelegatedOrgRequest {
        group_id: group_id.into(),
        org_id: org_id.into(),
    };
    let unknown = client().add_group_delegated_org(world.admin(add("group-none", "org-other"))).await;
    fails("unknown group", unknown, Code::NotFound, "group-none");
    let unknown = client().remove_group_delegated_org(world.admin(remove("group-none", "org-other"))).await;
    fails("unknown group", unknown, Code::NotFound, "group-none");
    let support = client().add_group_delegated_org(world.support(add("group-a", "org-other"))).await;
    fails("SUPPORT does not serve here", support, Code::PermissionDenied, "ADMIN");
    let support = client().remove_group_delegated_org(world.support(remove("group-a", "org-partner"))).await;
    fails("SUPPORT does not serve here", support, Code::PermissionDenied, "ADMIN");
    let denied = client().add_group_delegated_org(world.delegated(add("group-a", "org-other"))).await;
    fails("ADMIN of the group alone", denied, Code::PermissionDenied, "root");
    let own = client().add_group_delegated_org(world.admin(add("group-a", "org-acmeco"))).await;
    refuses("own organization", own, "org_id");
    let own = client().remove_group_delegated_org(world.admin(remove("group-a", "org-acmeco"))).await;
    refuses("own organization", own, "org_id");
    let unknown = client().add_group_delegated_org(world.admin(add("group-a", "org-nowhere"))).await;
    fails("unknown organization", unknown, Code::NotFound, "org-nowhere");
    let again = client().add_group_delegated_org(world.admin(add("group-a", "org-partner"))).await;
    fails("listed", again, Code::AlreadyExists, "org-partner");
    client()
        .add_group_delegated_org(world.admin(add("group-b", "org-partner")))
        .await
        .expect("an inherited one may");
    let other = client().remove_group_delegated_org(world.admin(remove("group-a", "*"))).await;
    fails("not listed", other, Code::NotFound, "*");
    let held = client().remove_group_delegated_org(world.admin(remove("group-a", "org-partner"))).await;
    fails("a role rests on it", held, Code::FailedPrecondition, "org-partner");
    client().add_group_delegated_org(world.admin(add("org-acmeco", "*"))).await.expect("any is always known");
    client()
        .remove_group_delegated_org(world.admin(remove("group-a", "org-partner")))
        .await
        .expect("another source");
    let held = client().remove_group_delegated_org(world.admin(remove("org-acmeco", "*"))).await;
    fails("now the role rests on `*`", held, Code::FailedPrecondition, "*");
    world.goes_on().await;
}
