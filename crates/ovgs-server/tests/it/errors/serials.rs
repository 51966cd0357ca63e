//! AddSerial, RemoveSerial, GetSerial, GetSerials.

use ovgs_domain::Facts;
use ovgs_proto::v1 as pb;
use tonic::Code;

use super::{World, component, fails, refuses};
use crate::support::{Options, org, pki, seed};

fn add(serial: &str, group_id: &str) -> pb::AddSerialRequest {
    pb::AddSerialRequest { component: component("30065", serial), group_id: group_id.into() }
}

fn remove(serial: &str, group_id: &str) -> pb::RemoveSerialRequest {
    pb::RemoveSerialRequest { component: component("30065", serial), group_id: group_id.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn add_serial_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let both = client().add_serial(world.admin(add("NONE", "group-none"))).await;
    fails("the component first", both, Code::NotFound, "30065/NONE");
    let group = client().add_serial(world.admin(add("ROOT", "group-none"))).await;
    fails("then the group", group, Code::NotFound, "group-none");
    fails(
        "case",
        client().add_serial(world.admin(add("root", "group-a"))).await,
        Code::NotFound,
        "30065/root",
    );
    let denied = client().add_serial(world.stranger(add("ROOT", "group-a"))).await;
    fails("the target", denied, Code::PermissionDenied, "ASSIGNER");
    let denied = client().add_serial(world.delegated(add("ROOT", "group-a"))).await;
    fails("the component's present group", denied, Code::PermissionDenied, "component");
    let foreign = client().add_serial(world.admin(add("OTHER", "group-a"))).await;
    fails("another organization's part", foreign, Code::PermissionDenied, "component");
    let root = client().add_serial(world.admin(add("ROOT", "org-acmeco"))).await;
    fails("the root", root, Code::AlreadyExists, "RemoveSerial");
    let again = client().add_serial(world.admin(add("IN-A", "group-a"))).await;
    fails("there already", again, Code::AlreadyExists, "group-a");
    client().add_serial(world.admin(add("IN-A", "group-b"))).await.expect("moves out of its present group");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_another_organization_is_refused() {
    let world = World::new().await;
    // An ADMIN of both organizations meets the rule behind the permissions.
    let store = &world.server.store;
    let other = org("org-other");
    seed::delegate(store, &other, &other.root(), ovgs_domain::Delegate::Any).await;
    let admin = crate::support::user("org-acmeco", "admin");
    seed::grant(store, &other, &other.root(), &admin, ovgs_domain::Role::Admin).await;
    let answer = world.client.clone().add_serial(world.admin(add("OTHER", "group-a"))).await;
    refuses("a part of another organization", answer, "group_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn remove_serial_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let both = client().remove_serial(world.admin(remove("NONE", "group-none"))).await;
    fails("the component first", both, Code::NotFound, "30065/NONE");
    let group = client().remove_serial(world.admin(remove("IN-A", "group-none"))).await;
    fails("then the group", group, Code::NotFound, "group-none");
    let denied = client().remove_serial(world.stranger(remove("IN-A", "group-a"))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ASSIGNER");
    let root = client().remove_serial(world.admin(remove("ROOT", "org-acmeco"))).await;
    refuses("the root", root, "group_id");
    let elsewhere = client().remove_serial(world.admin(remove("IN-A", "group-b"))).await;
    fails("not there", elsewhere, Code::NotFound, "group-b");
    client().remove_serial(world.delegated(remove("IN-A", "group-a"))).await.expect("back to the root");
    fails(
        "and gone",
        client().remove_serial(world.admin(remove("IN-A", "group-a"))).await,
        Code::NotFound,
        "IN-A",
    );
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn get_serial_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let get = |serial: &str| pb::GetSerialRequest { component: component("30065", serial) };
    fails("unknown", client().get_serial(world.admin(get("NONE"))).await, Code::NotFound, "30065/NONE");
    fails(
        "stranger",
        client().get_serial(world.stranger(get("ROOT"))).await,
        Code::PermissionDenied,
        "REQUESTOR",
    );
    let seen = client().get_serial(world.delegated(get("IN-A"))).await.unwrap().into_inner();
    assert_eq!(seen.group_ids, ["group-a"], "a delegated caller does not see the root");
    let seen = client().get_serial(world.admin(get("IN-A"))).await.unwrap().into_inner();
    assert_eq!(seen.group_ids, ["group-a", "org-acmeco"]);
    assert!(seen.tpm_info.is_none(), "tp10: a component without TPM has no tpm_info");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn get_serials_names_the_one_that_fails() {
    let world = World::new().await;
    let client = || world.client.clone();
    let get = |serials: &[&str]| pb::GetSerialsRequest {
        components: serials.iter().filter_map(|serial| component("30065", serial)).collect(),
    };
    let unknown = client().get_serials(world.admin(get(&["ROOT", "NONE", "IN-A"]))).await;
    let status = fails("unknown", unknown, Code::NotFound, "NONE");
    assert!(status.message().starts_with("components[1]"), "the position is named: {}", status.message());
    let denied = client().get_serials(world.admin(get(&["ROOT", "OTHER"]))).await;
    fails("one denied", denied, Code::PermissionDenied, "OTHER");
    let order = ["IN-A", "ROOT", "IN-A"];
    let serials = client().get_serials(world.admin(get(&order))).await.unwrap().into_inner().serials;
    let groups: Vec<usize> = serials.iter().map(|serial| serial.group_ids.len()).collect();
    assert_eq!(groups, [2, 1, 2], "in the order asked, duplicates twice");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_too_large_names_a_size_that_fits() {
    let mut options = Options::default();
    options.settings.limits.max_response_bytes = 64 * 1024;
    let world = World::with(options).await;
    let key = ovgs_domain::PublicKey::parse(&pki::public_key()).unwrap();
    let facts = Facts { endorsement: Some(ovgs_domain::Endorsement::Key(key)), ..Facts::default() };
    for number in 0..400 {
        let id = seed::component_id("30065", &format!("S{number}"));
        seed::add_component(&world.server.store, &org("org-acmeco"), &id, None, facts.clone()).await;
    }
    let ask = |count: usize| pb::GetSerialsRequest {
        components: (0..count).filter_map(|n| component("30065", &format!("S{n}"))).collect(),
    };
    let answer = world.client.clone().get_serials(world.admin(ask(400))).await;
    let status = fails("too large", answer, Code::ResourceExhausted, "at most");
    let words = status.message().split("at most ").nth(1).unwrap();
    let fitting: usize = words.split(' ').next().unwrap().parse().unwrap();
    let serials =
        world.client.clone().get_serials(world.admin(ask(fitting))).await.unwrap().into_inner().serials;
    assert_eq!(serials.len(), fitting);
    let answer = world.client.clone().get_serials(world.admin(ask(fitting + 1))).await;
    fails("one more", answer, Code::ResourceExhausted, "at most");
}
