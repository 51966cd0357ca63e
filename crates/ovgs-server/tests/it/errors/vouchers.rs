//! GetOwnershipVoucher and GetOwnershipVouchers: cases VR of the reference that the service decides.

use chrono::TimeDelta;
use ovgs_domain::Facts;
use ovgs_proto::v1 as pb;
use ovgs_store::{Journal, Organizations, VoucherFilter};
use tonic::Code;

use super::{World, component, fails, in_seconds, refuses};
use crate::support::{Options, now, org, pki, seed};

fn order(ien: &str, serial: &str, cert_id: &str, seconds: i64) -> pb::GetOwnershipVoucherRequest {
    pb::GetOwnershipVoucherRequest {
        component: component(ien, serial),
        cert_id: cert_id.into(),
        lifetime: in_seconds(seconds),
    }
}

fn batch(serials: &[&str], cert_id: &str) -> pb::GetOwnershipVouchersRequest {
    pb::GetOwnershipVouchersRequest {
        component: serials.iter().filter_map(|serial| component("30065", serial)).collect(),
        cert_id: cert_id.into(),
        lifetime: in_seconds(3600),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn get_ownership_voucher_refuses_as_documented() {
    let world = World::new().await;
    macro_rules! ask {
        ($message:expr) => {
            world.client.clone().get_ownership_voucher(world.admin($message)).await
        };
    }
    refuses("vr01: a lifetime in the past", ask!(order("30065", "ROOT", "cert-a", -1)), "lifetime");
    refuses("vr01: now", ask!(order("30065", "ROOT", "cert-a", 0)), "lifetime");
    fails("vr06", ask!(order("30065", "NONE", "cert-none", 60)), Code::FailedPrecondition, "30065/NONE");
    fails("vr07", ask!(order("30065", "ROOT", "cert-none", 60)), Code::FailedPrecondition, "cert-none");
    fails("vr10", ask!(order("30065", "OTHER", "cert-a", 60)), Code::PermissionDenied, "REQUESTOR");
    let denied = world
        .client
        .clone()
        .get_ownership_voucher(world.delegated(order("30065", "IN-A", "cert-other", 60)))
        .await;
    fails("vr10: the certificate's group", denied, Code::PermissionDenied, "certificate");
    let year = 366 * 24 * 3600;
    refuses("vr03: after expiry_time", ask!(order("30065", "ROOT", "cert-a", year)), "lifetime");
    fails("retired", ask!(order("2636", "RETIRED", "cert-a", 60)), Code::FailedPrecondition, "2636");
    let made = ask!(order("30065", "ROOT", "cert-a", 60)).unwrap().into_inner();
    assert!(!made.voucher_cms.is_empty());
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vr02_and_vr03_the_second_decides() {
    let world = World::new().await;
    let tree = world.server.store.org(&org("org-acmeco")).await.unwrap().unwrap();
    let expiry = now() + TimeDelta::hours(1);
    let group = seed::group_id("group-a");
    seed::add_cert(&world.server.store, &tree, "cert-hour", &group, &pki::domain_cert(), expiry).await;
    let ask = |seconds: i64, nanos: i32| {
        let mut message = order("30065", "ROOT", "cert-hour", 0);
        message.lifetime = Some(prost_types::Timestamp { seconds, nanos });
        world.admin(message)
    };
    let end = expiry.timestamp();
    world.client.clone().get_ownership_voucher(ask(end, 0)).await.expect("vr02: equal is allowed");
    world
        .client
        .clone()
        .get_ownership_voucher(ask(end, 999_999_999))
        .await
        .expect("ve13: floored to the second");
    refuses("vr03", world.client.clone().get_ownership_voucher(ask(end + 1, 0)).await, "lifetime");
}

#[tokio::test(flavor = "multi_thread")]
async fn vr09_a_certificate_of_another_organization_is_refused() {
    let world = World::new().await;
    let other = org("org-other");
    let store = &world.server.store;
    seed::delegate(store, &other, &other.root(), ovgs_domain::Delegate::Any).await;
    let admin = crate::support::user("org-acmeco", "admin");
    seed::grant(store, &other, &other.root(), &admin, ovgs_domain::Role::Admin).await;
    let answer = world
        .client
        .clone()
        .get_ownership_voucher(world.admin(order("30065", "ROOT", "cert-other", 60)))
        .await;
    refuses("vr09", answer, "cert_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn max_voucher_lifetime_is_kept() {
    let mut options = Options::default();
    options.settings.limits.max_voucher_lifetime = Some(TimeDelta::days(1));
    let world = World::with(options).await;
    let day = 24 * 3600;
    let ask = |seconds| world.admin(order("30065", "ROOT", "cert-a", seconds));
    world.client.clone().get_ownership_voucher(ask(day - 60)).await.expect("within a day");
    refuses("beyond", world.client.clone().get_ownership_voucher(ask(day + 60)).await, "lifetime");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_expired_issues_nothing() {
    let world = World::new().await;
    let part = seed::component_id("4413", "E1");
    seed::add_component(&world.server.store, &org("org-acmeco"), &part, None, Facts::default()).await;
    let ask = world.admin(order("4413", "E1", "cert-a", 60));
    let expired = world.client.clone().get_ownership_voucher(ask).await;
    fails("expired", expired, Code::FailedPrecondition, "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn ve19_a_serial_that_two_iens_share_under_one_root_gets_no_voucher() {
    let world = World::new().await;
    let (store, acme) = (&world.server.store, org("org-acmeco"));
    let parts = [("30065", "TWIN"), ("32473", "TWIN"), ("30065", "ALIEN"), ("9", "ALIEN")];
    for (ien, serial) in parts {
        seed::add_component(store, &acme, &seed::component_id(ien, serial), None, Facts::default()).await;
    }
    let ask = |ien: &str, serial: &str| world.admin(order(ien, serial, "cert-a", 60));
    for (ien, other) in [("30065", "32473/TWIN"), ("32473", "30065/TWIN")] {
        let twin = world.client.clone().get_ownership_voucher(ask(ien, "TWIN")).await;
        fails("one root", twin, Code::FailedPrecondition, other);
    }
    world.client.clone().get_ownership_voucher(ask("30065", "ALIEN")).await.expect("another root");
}

#[tokio::test(flavor = "multi_thread")]
async fn ve18_an_idevid_issuer_tells_twins_apart() {
    let world = World::new().await;
    let (store, acme) = (&world.server.store, org("org-acmeco"));
    let known = |byte: u8| Facts {
        idevid_issuer: Some(ovgs_domain::IdevidIssuer::parse(&[byte; 20]).unwrap()),
        ..Facts::default()
    };
    let parts = [("30065", "TWIN", 1), ("32473", "TWIN", 2), ("30065", "SAME", 1), ("32473", "SAME", 1)];
    for (ien, serial, byte) in parts {
        seed::add_component(store, &acme, &seed::component_id(ien, serial), None, known(byte)).await;
    }
    let ask = |serial: &str| world.admin(order("30065", serial, "cert-a", 60));
    let voucher = world.client.clone().get_ownership_voucher(ask("TWIN")).await.unwrap().into_inner();
    let inspection = ovgs_voucher::inspect(&voucher.voucher_cms).unwrap();
    let text = format!("{inspection:?}");
    assert!(text.contains("idevid"), "{text}");
    let same = world.client.clone().get_ownership_voucher(ask("SAME")).await;
    fails("both have the same one", same, Code::FailedPrecondition, "SAME");
}

#[tokio::test(flavor = "multi_thread")]
async fn vr13_and_vr14_batches_are_all_or_nothing_and_in_order() {
    let world = World::new().await;
    let client = || world.client.clone();
    let ask = |serials: &[&str]| world.admin(batch(serials, "cert-a"));
    let bad = client().get_ownership_vouchers(ask(&["ROOT", "IN-A", "NONE"])).await;
    let status = fails("vr14", bad, Code::FailedPrecondition, "NONE");
    assert!(status.message().starts_with("component[2]"), "the position is named: {}", status.message());
    fails(
        "one denied",
        client().get_ownership_vouchers(ask(&["ROOT", "OTHER"])).await,
        Code::PermissionDenied,
        "OTHER",
    );
    let journal = world.server.store.vouchers(&VoucherFilter::default(), None, 100).await.unwrap();
    assert!(journal.is_empty(), "nothing was issued");

    let serials = ["ROOT", "IN-A", "ROOT", "IN-A", "IN-A", "ROOT"];
    let vouchers =
        client().get_ownership_vouchers(ask(&serials)).await.unwrap().into_inner().ownership_vouchers;
    for (serial, voucher) in serials.iter().zip(&vouchers) {
        let text = String::from_utf8_lossy(&voucher.voucher_cms).into_owned();
        assert!(text.contains(&format!("\"serial-number\":\"{serial}\"")), "vr13");
    }
    let mut different: Vec<&[u8]> = vouchers.iter().map(|voucher| &voucher.voucher_cms[..]).collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), serials.len(), "ve16: no two vouchers are the same");
    let journal = world.server.store.vouchers(&VoucherFilter::default(), None, 100).await.unwrap();
    assert_eq!(journal.len(), serials.len(), "vr22: each has its record");
    for (record, voucher) in journal.iter().zip(&vouchers) {
        assert_eq!(record.voucher.voucher, ovgs_domain::Fingerprint::of(&voucher.voucher_cms));
    }
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_vouchers_too_large_is_refused_before_anything_is_signed() {
    let mut options = Options::default();
    options.settings.limits.max_response_bytes = 64 * 1024;
    let world = World::with(options).await;
    let many = vec!["ROOT"; 200];
    let answer = world.client.clone().get_ownership_vouchers(world.admin(batch(&many, "cert-a"))).await;
    let status = fails("too large", answer, Code::ResourceExhausted, "at most");
    let journal = world.server.store.vouchers(&VoucherFilter::default(), None, 1).await.unwrap();
    assert!(journal.is_empty());
    let fitting: usize =
        status.message().split("at most ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(fitting > 10, "only {fitting} fit");
    let request = world.admin(batch(&many[..fitting], "cert-a"));
    world.client.clone().get_ownership_vouchers(request).await.expect("that many fit");
}

/// Lifetimes of the very next second, asked for until one of them ended on the way.
#[tokio::test(flavor = "multi_thread")]
async fn no_voucher_ends_before_it_begins() {
    let world = World::new().await;
    for _ in 0..400 {
        let mut message = order("30065", "ROOT", "cert-a", 0);
        message.lifetime = in_seconds(1);
        if let Ok(voucher) = world.client.clone().get_ownership_voucher(world.admin(message)).await {
            let voucher = voucher.into_inner().voucher_cms;
            let voucher = ovgs_voucher::inspect(&voucher).unwrap().voucher.unwrap().unwrap();
            assert!(voucher.created_on() < voucher.expires_on().unwrap());
        }
    }
}
