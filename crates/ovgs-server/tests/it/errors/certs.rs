//! CreateDomainCert, GetDomainCert, DeleteDomainCert.

use chrono::TimeDelta;
use ovgs_proto::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use super::{World, fails, in_seconds, refuses};
use crate::support::{now, pki};

fn create(certificate_der: Vec<u8>) -> pb::CreateDomainCertRequest {
    pb::CreateDomainCertRequest {
        group_id: "group-empty".into(),
        certificate_der,
        revocation_checks: true,
        expiry_time: in_seconds(1000),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn create_domain_cert_refuses_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let der = pki::domain_cert();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}", "MII");
    let dc03 = [
        ("nothing", Vec::new()),
        ("PEM", pem.into_bytes()),
        ("truncated", der[..der.len() - 1].to_vec()),
        ("a byte after it", [&der[..], &[0]].concat()),
        ("doubled", [&der[..], &der].concat()),
        ("a public key", pki::public_key()),
        ("rubbish", vec![0x30; 500]),
        ("too large", vec![0x30; 17 * 1024]),
        ("expired", pki::domain_cert_until(now() - TimeDelta::days(2))),
        ("an extension that cannot be read", pki::unreadable_cert()),
    ];
    for (row, der) in dc03 {
        refuses(row, client().create_domain_cert(world.admin(create(der))).await, "certificate_der");
    }
    let past = pb::CreateDomainCertRequest { expiry_time: in_seconds(0), ..create(der.clone()) };
    refuses("dc05", client().create_domain_cert(world.admin(past)).await, "expiry_time");
    let nowhere = pb::CreateDomainCertRequest { group_id: "group-none".into(), ..create(der.clone()) };
    fails("unknown", client().create_domain_cert(world.admin(nowhere)).await, Code::NotFound, "group-none");
    let denied = client().create_domain_cert(world.stranger(create(der.clone()))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ASSIGNER");

    let message = create(der.clone());
    let made = client().create_domain_cert(world.admin(message.clone())).await.unwrap().into_inner();
    let status = fails(
        "dc06",
        client().create_domain_cert(world.admin(message.clone())).await,
        Code::AlreadyExists,
        "",
    );
    let info = status.get_details_error_info().expect("ErrorInfo");
    assert_eq!((info.reason.as_str(), info.domain.as_str()), ("ALREADY_EXISTS", "ovgs.v1"));
    assert_eq!(info.metadata["cert_id"], made.cert_id);
    let mut finer = message.clone();
    finer.expiry_time.as_mut().unwrap().nanos = 999;
    fails(
        "the same to the microsecond",
        client().create_domain_cert(world.admin(finer)).await,
        Code::AlreadyExists,
        "",
    );
    let elsewhere = pb::CreateDomainCertRequest { group_id: "group-a".into(), ..message };
    client().create_domain_cert(world.admin(elsewhere)).await.expect("another group may have it");

    let read = pb::GetDomainCertRequest { cert_id: made.cert_id };
    let read = client().get_domain_cert(world.admin(read)).await.unwrap().into_inner();
    assert_eq!(read.certificate_der, der, "dc01: the bytes come back as they were given");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_and_deleting_a_certificate_refuse_as_documented() {
    let world = World::new().await;
    let client = || world.client.clone();
    let get = |cert_id: &str| pb::GetDomainCertRequest { cert_id: cert_id.into() };
    let delete = |cert_id: &str| pb::DeleteDomainCertRequest { cert_id: cert_id.into() };
    fails(
        "unknown",
        client().get_domain_cert(world.admin(get("cert-none"))).await,
        Code::NotFound,
        "cert-none",
    );
    let denied = client().get_domain_cert(world.stranger(get("cert-a"))).await;
    fails("a stranger", denied, Code::PermissionDenied, "REQUESTOR");
    fails(
        "unknown",
        client().delete_domain_cert(world.admin(delete("cert-none"))).await,
        Code::NotFound,
        "cert-none",
    );
    let denied = client().delete_domain_cert(world.stranger(delete("cert-a"))).await;
    fails("a stranger", denied, Code::PermissionDenied, "ASSIGNER");
    client().delete_domain_cert(world.delegated(delete("cert-a"))).await.expect("a delegated ADMIN");
    fails("gone", client().get_domain_cert(world.admin(get("cert-a"))).await, Code::NotFound, "cert-a");
    world.goes_on().await;
}
