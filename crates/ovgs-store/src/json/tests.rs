use std::fmt;

use chrono::DateTime;
use expect_test::expect;
use ovgs_domain::{
    Author, Change, Component, ComponentId, Delegate, Description, DomainCert, Endorsement, Event, Facts,
    Fingerprint, GroupId, GroupRecord, IdevidIssuer, Ien, IssuedVoucher, MacAddress, Model, OrgId,
    OrgRecords, PublicKey, RequestId, Revision, Role, SerialNumber, User, UserType, Username,
};

use super::Json;
use crate::{Position, RecordedEvent, Stamp, TokenRecord};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// A P-256 key as SubjectPublicKeyInfo.
const KEY: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// It reads back as it was, and nothing else does.
fn kept<T: Json + PartialEq + fmt::Debug>(value: &T) -> Result<String, Box<dyn std::error::Error>> {
    let json = value.to_json()?;
    assert_eq!(T::from_json(&json)?, *value);
    for other in ["", "{}", "null", &json[1..], &json.replacen(':', ": 1, \"extra\":", 1)] {
        assert!(T::from_json(other).is_err(), "{other} was read");
    }
    Ok(json)
}

fn ann() -> Result<User, Box<dyn std::error::Error>> {
    let (org, username) = (OrgId::parse("org-a")?, Username::parse("ann")?);
    Ok(User { org, username, user_type: UserType::ServiceAccount })
}

fn part() -> Result<ComponentId, Box<dyn std::error::Error>> {
    Ok(ComponentId { ien: Ien::parse("30065")?, serial_number: SerialNumber::parse("ABC\"101")? })
}

#[test]
fn a_component_is_kept_with_all_its_facts() -> Tested {
    let key = PublicKey::parse(&bytes(KEY)?)?;
    let facts = Facts {
        model: Some(Model::parse("Größe 7")?),
        mac_addr: Some(MacAddress::parse("00-11-22-33-44-55")?),
        endorsement: Some(Endorsement::Key(key.clone())),
        platform_primary_key: Some(key),
        idevid_issuer: Some(IdevidIssuer::parse(&[7; 20])?),
    };
    let group = Some(GroupId::parse("group-1")?);
    kept(&Component { id: part()?, org: OrgId::parse("org-a")?, group, facts })?;

    let bare = Component { id: part()?, org: OrgId::parse("org-a")?, group: None, facts: Facts::default() };
    expect![[r#"{"id":{"ien":"30065","serial_number":"ABC\"101"},"org":"org-a","group":null,"model":null,"mac_addr":null,"endorsement_key":null,"ek_certificate":null,"platform_primary_key":null,"idevid_issuer":null}"#]]
        .assert_eq(&kept(&bare)?);
    Ok(())
}

#[test]
fn an_ek_certificate_comes_back_as_one() -> Tested {
    let der = include_bytes!("../contract/ek-certificate.der");
    let endorsement = Some(Endorsement::Certificate(ovgs_domain::EkCertificate::parse(der)?));
    let facts = Facts { endorsement, ..Facts::default() };
    kept(&Component { id: part()?, org: OrgId::parse("org-a")?, group: None, facts })?;
    Ok(())
}

#[test]
fn a_tree_is_kept_whole() -> Tested {
    let id = OrgId::parse("org-a")?;
    let below = GroupId::parse("group-1")?;
    let cert = DomainCert {
        id: ovgs_domain::CertId::parse("cert-1")?,
        fingerprint: Fingerprint::of(b"a certificate"),
        revocation_checks: true,
        expiry_time: DateTime::from_timestamp_micros(-1).ok_or("a time")?,
        not_after: ovgs_domain::NEVER,
    };
    let groups = vec![
        GroupRecord { id: id.root(), parent: None, description: Description::parse_or_empty("")? },
        GroupRecord { id: below.clone(), parent: Some(id.root()), description: Description::parse("B")? },
    ];
    let cert = DomainCert { not_after: ovgs_domain::floor_to_micros(cert.not_after), ..cert };
    kept(&OrgRecords {
        revision: Revision(u64::MAX),
        groups,
        members: vec![(below.clone(), ann()?, Role::Requestor)],
        delegations: vec![(below.clone(), Delegate::Any), (id.root(), Delegate::parse("org-b")?)],
        certs: vec![(below, cert)],
        id,
    })?;
    Ok(())
}

#[test]
fn journal_records_are_kept() -> Tested {
    let at = DateTime::from_timestamp_micros(1_800_000_000_000_001).ok_or("a time")?;
    let voucher = IssuedVoucher {
        at,
        caller: ann()?,
        request_id: RequestId::parse("r 1")?,
        org: OrgId::parse("org-a")?,
        component: part()?,
        cert: ovgs_domain::CertId::parse("cert-1")?,
        pinned_cert: Fingerprint::of(b"1"),
        content: Fingerprint::of(b"2"),
        voucher: Fingerprint::of(b"3"),
        created_on: at,
        expires_on: None,
        issuer: "acme".into(),
        signer_cert: Fingerprint::of(b"4"),
    };
    kept(&IssuedVoucher { expires_on: Some(at), ..voucher.clone() })?;
    kept(&voucher)?;

    let (author, group) = (Author::Cli(Username::parse("root")?), OrgId::parse("org-a")?.root());
    let change = Change::DelegationAdded { group, delegate: Delegate::Any };
    kept(&change)?;
    let event = Event::TreeChanged { org: OrgId::parse("org-a")?, revision: Revision(1), change };
    let recorded = RecordedEvent { position: Position(7), stamp: Stamp { author, at }, event };
    expect![[r#"{"position":7,"at":1800000000000001,"author":{"cli":"root"},"event":{"event":"tree_changed","org":"org-a","revision":1,"change":{"change":"delegation_added","group":"org-a","delegate":"*"}}}"#]]
        .assert_eq(&kept(&recorded)?);
    Ok(())
}

#[test]
fn a_token_is_kept() -> Tested {
    let (issued_at, expires_at) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    let token = TokenRecord {
        jti: "t".into(),
        user: ann()?,
        issued_at,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    kept(&token)?;
    kept(&TokenRecord { revoked_at: Some(issued_at), last_used_at: Some(expires_at), ..token })?;
    Ok(())
}

fn bytes(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect()
}
