//! Certificates, and the vouchers that pin them.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    CertId, Change, ComponentId, DomainCert, DomainCertificate, Fingerprint, IdevidIssuer, NEVER, Org,
    Violation,
    commands::{
        Namesake, NewDomainCert, create_domain_cert, delete_domain_cert, expires_on, tell_apart, tie,
    },
    fixtures::{acme, component, component_id, group_id, org_id, time},
};

/// Two certificates that are good until the end of 2039.
static CERTIFICATES: LazyLock<[DomainCertificate; 2]> = LazyLock::new(|| [1, 2].map(|_| certificate()));

fn certificate() -> DomainCertificate {
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    params.not_after = rcgen::date_time_ymd(2040, 1, 1) - std::time::Duration::from_secs(1);
    let key = rcgen::KeyPair::generate().unwrap();
    DomainCertificate::parse(params.self_signed(&key).unwrap().der()).unwrap()
}

fn new(group: &str, which: usize, revocation_checks: bool, expiry_time: &str) -> NewDomainCert {
    let certificate = CERTIFICATES[which].clone();
    NewDomainCert { group: group_id(group), certificate, revocation_checks, expiry_time: time(expiry_time) }
}

fn cert_id(id: &str) -> CertId {
    CertId::parse(id).unwrap()
}

fn with_cert(mut org: Org, id: &str, new: NewDomainCert) -> Org {
    let change = create_domain_cert(&org, cert_id(id), new).unwrap();
    org.apply(&change).unwrap();
    org
}

#[test]
fn of_a_certificate_the_tree_keeps_all_but_its_bytes() {
    let id = cert_id("cert-1");
    let change = create_domain_cert(&acme(), id.clone(), new("g", 0, true, "2030-01-01T00:00:00.123456789Z"));
    let cert = DomainCert {
        id,
        fingerprint: Fingerprint::of(CERTIFICATES[0].der()),
        revocation_checks: true,
        expiry_time: time("2030-01-01T00:00:00.123456Z"),
        not_after: time("2039-12-31T23:59:59Z"),
    };
    let der = CERTIFICATES[0].der().clone();
    assert_eq!(change, Ok(Change::DomainCertCreated { group: group_id("g"), cert, der }));
}

#[test]
fn a_group_has_one_certificate_with_the_same_checks_and_expiry() {
    let org = with_cert(acme(), "cert-1", new("g", 0, true, "2030-01-01T00:00:00.000001Z"));
    let create = |new| create_domain_cert(&org, cert_id("cert-2"), new);
    let same = ["2030-01-01T00:00:00.000001Z", "2030-01-01T00:00:00.000001999Z"];
    for expiry_time in same {
        let exists = Err(Violation::CertExists { existing: cert_id("cert-1") });
        assert_eq!(create(new("g", 0, true, expiry_time)), exists);
    }
    let others = [
        new("g", 1, true, same[0]),
        new("g", 0, false, same[0]),
        new("g", 0, true, "2030-01-01T00:00:00.000002Z"),
        new("g", 0, true, "2030-01-01T00:00:00Z"),
        new("d", 0, true, same[0]),
        new("p", 0, true, same[0]),
    ];
    for other in others {
        assert!(create(other.clone()).is_ok(), "{other:?}");
    }
}

#[test]
fn a_certificate_is_deleted_from_its_group() {
    let mut org = with_cert(acme(), "cert-1", new("g", 0, true, "2030-01-01T00:00:00Z"));
    let (group, cert) = org.cert(&cert_id("cert-1")).unwrap();
    let change = delete_domain_cert(group, cert);
    assert_eq!(change, Change::DomainCertDeleted { group: group_id("g"), cert: cert_id("cert-1") });
    org.apply(&change).unwrap();
    assert_eq!(org.group(&group_id("g")), acme().group(&group_id("g")));
}

fn cert(expiry_time: DateTime<Utc>, not_after: DateTime<Utc>) -> DomainCert {
    let (id, fingerprint) = (cert_id("cert-1"), Fingerprint::from_bytes([7; 32]));
    DomainCert { id, fingerprint, revocation_checks: true, expiry_time, not_after }
}

#[test]
fn component_and_certificate_belong_to_one_organization() {
    let (cert, part) = (cert(NEVER, NEVER), component("org-acmeco", Some("g")));
    assert_eq!(tie(&part, &cert, &org_id("org-acmeco")), Ok(()));
    let foreign = Violation::ForeignCert { cert: cert.id.clone(), component: part.id.clone() };
    assert_eq!(tie(&part, &cert, &org_id("org-other")), Err(foreign));
}

#[test]
fn vr02_vr03_vr04_a_voucher_ends_no_later_than_its_certificate() {
    let (early, late) = (time("2030-06-01T12:00:00Z"), time("2035-01-01T00:00:00Z"));
    let (second, almost) = (TimeDelta::seconds(1), TimeDelta::nanoseconds(999_999_999));
    for cert in [cert(early, late), cert(late, early), cert(early + almost, late)] {
        let too_long = Err(Violation::LifetimeTooLong { latest: early });
        assert_eq!(expires_on(&cert, early), Ok(Some(early)));
        assert_eq!(expires_on(&cert, early + almost), Ok(Some(early)), "floored before it is compared");
        assert_eq!(expires_on(&cert, early - second), Ok(Some(early - second)));
        assert_eq!(expires_on(&cert, early + second), too_long);
        assert_eq!(expires_on(&cert, NEVER), too_long);
    }
}

#[test]
fn a_voucher_without_expiry_needs_that_nothing_in_it_ends() {
    let second = TimeDelta::seconds(1);
    let (never, almost) = (cert(NEVER, NEVER), NEVER - second);
    assert_eq!(expires_on(&never, NEVER), Ok(None));
    assert_eq!(expires_on(&never, NEVER + TimeDelta::nanoseconds(999_999_999)), Ok(None));
    assert_eq!(expires_on(&never, almost), Ok(Some(almost)));
    for cert in [cert(almost, NEVER), cert(NEVER, almost)] {
        assert_eq!(expires_on(&cert, NEVER), Err(Violation::LifetimeTooLong { latest: almost }));
        assert_eq!(expires_on(&cert, almost), Ok(Some(almost)));
    }
}

fn issuer(octet: u8) -> IdevidIssuer {
    IdevidIssuer::parse(&[octet; 20]).unwrap()
}

fn namesake(octet: Option<u8>) -> Namesake {
    let id = ComponentId { ien: crate::Ien::parse("9").unwrap(), ..component_id("ABC101") };
    Namesake { id, idevid_issuer: octet.map(issuer) }
}

#[test]
fn namesakes_are_told_apart_by_their_issuers_alone() {
    let told_apart = |own: Option<u8>, others: &[Option<u8>]| {
        let mut part = component("org-acmeco", None);
        part.facts.idevid_issuer = own.map(issuer);
        let namesakes: Vec<Namesake> = others.iter().map(|octet| namesake(*octet)).collect();
        tell_apart(&part, &namesakes)
    };
    assert_eq!(told_apart(None, &[]), Ok(()));
    assert_eq!(told_apart(Some(1), &[Some(2), Some(3)]), Ok(()));
    let ambiguous =
        Violation::AmbiguousSerial { component: component_id("ABC101"), other: Some(namesake(None).id) };
    for (own, others) in [
        (None, &[Some(2)][..]),
        (Some(1), &[None]),
        (None, &[None]),
        (Some(1), &[Some(1)]),
        (Some(1), &[Some(2), Some(1)]),
    ] {
        assert_eq!(told_apart(own, others), Err(ambiguous.clone()), "{own:?} beside {others:?}");
    }
}
