//! Things for the cases to work with.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{
    Author, CertId, Change, Component, ComponentId, Delegate, Description, DomainCert, EkCertificate,
    Endorsement, Facts, Fingerprint, GroupId, IdevidIssuer, Ien, IssuedVoucher, MacAddress, Model, Org,
    OrgId, PublicKey, RequestId, Role, SerialNumber, User, UserType, Username,
};

use super::Failure;
use crate::{Stamp, Store, TokenRecord};

/// A certificate in DER; its key is Ed25519.
const EK_CERTIFICATE: &[u8] = include_bytes!("ek-certificate.der");

/// The beginning of an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4), of which any 32 octets are a key.
const ED25519_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// 2026-11-21T20:33:03Z and some minutes.
pub(super) fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_293_183, 0).unwrap_or_default() + TimeDelta::minutes(minutes)
}

/// The stamp of somebody at the command line.
pub(super) fn stamp() -> Result<Stamp, Failure> {
    Ok(Stamp { author: Author::Cli(Username::parse("root")?), at: minute(0) })
}

pub(super) fn org(name: &str) -> Result<OrgId, Failure> {
    Ok(OrgId::parse(&format!("org-{name}"))?)
}

pub(super) fn group(id: &str) -> Result<GroupId, Failure> {
    Ok(GroupId::parse(id)?)
}

pub(super) fn user(org_name: &str, name: &str) -> Result<User, Failure> {
    Ok(User { org: org(org_name)?, username: Username::parse(name)?, user_type: UserType::User })
}

pub(super) fn id(ien: &str, serial: &str) -> Result<ComponentId, Failure> {
    Ok(ComponentId { ien: Ien::parse(ien)?, serial_number: SerialNumber::parse(serial)? })
}

/// A component without facts, in its root alone.
pub(super) fn component(org_name: &str, ien: &str, serial: &str) -> Result<Component, Failure> {
    Ok(Component { id: id(ien, serial)?, org: org(org_name)?, group: None, facts: Facts::default() })
}

pub(super) fn public_key(octet: u8) -> Result<PublicKey, Failure> {
    Ok(PublicKey::parse(&[ED25519_KEY.as_slice(), &[octet; 32]].concat())?)
}

/// Every fact, the endorsement by its key.
pub(super) fn facts() -> Result<Facts, Failure> {
    Ok(Facts {
        model: Some(Model::parse("DCS-7800 „Ångström“")?),
        mac_addr: Some(MacAddress::parse("00:1c:73:ab:cd:01")?),
        endorsement: Some(Endorsement::Key(public_key(1)?)),
        platform_primary_key: Some(public_key(2)?),
        idevid_issuer: Some(IdevidIssuer::parse(&[7; 20])?),
    })
}

/// The endorsement alone, by its certificate.
pub(super) fn certified() -> Result<Facts, Failure> {
    let endorsement = Some(Endorsement::Certificate(EkCertificate::parse(EK_CERTIFICATE)?));
    Ok(Facts { endorsement, ..Facts::default() })
}

/// Makes a group below another one, described by its id.
pub(super) fn created(id: &str, parent: &str) -> Result<Change, Failure> {
    Ok(Change::GroupCreated {
        group: group(id)?,
        parent: group(parent)?,
        description: Description::parse(id)?,
    })
}

pub(super) fn role_added(at: &str, user: User, role: Role) -> Result<Change, Failure> {
    Ok(Change::RoleAdded { group: group(at)?, user, role })
}

pub(super) fn delegated(at: &str, delegate: &str) -> Result<Change, Failure> {
    Ok(Change::DelegationAdded { group: group(at)?, delegate: Delegate::parse(delegate)? })
}

/// Adds a certificate, of bytes that a store must not look at.
pub(super) fn cert_created(at: &str, id: &str, der: &[u8]) -> Result<Change, Failure> {
    let cert = DomainCert {
        id: CertId::parse(id)?,
        fingerprint: Fingerprint::of(der),
        revocation_checks: true,
        expiry_time: minute(1) + TimeDelta::microseconds(123_456),
        not_after: minute(2),
    };
    Ok(Change::DomainCertCreated { group: group(at)?, cert, der: der.into() })
}

/// One change of each kind, in an order in which they fit a new tree of `org-a` beside an `org-b`.
pub(super) fn changes() -> Result<Vec<Change>, Failure> {
    let (at, ann, bob) = (group("group-1")?, user("a", "ann")?, user("b", "bob")?);
    let cert = CertId::parse("cert-1")?;
    let delegate = Delegate::parse("org-b")?;
    Ok(vec![
        created("group-1", "org-a")?,
        created("group-2", "group-1")?,
        delegated("group-1", "org-b")?,
        delegated("group-1", "*")?,
        role_added("org-a", ann.clone(), Role::Admin)?,
        role_added("group-1", ann, Role::Requestor)?,
        role_added("group-1", bob.clone(), Role::Assigner)?,
        cert_created("group-1", "cert-1", b"one")?,
        cert_created("group-2", "cert-2", b"two")?,
        Change::DomainCertDeleted { group: at.clone(), cert },
        Change::RoleRemoved { group: at.clone(), user: bob },
        Change::DelegationRemoved { group: at, delegate },
        created("group-3", "group-1")?,
        Change::GroupDeleted { group: group("group-3")? },
    ])
}

/// A voucher that was signed in some minute.
pub(super) fn voucher(org_name: &str, serial: &str, minutes: i64) -> Result<IssuedVoucher, Failure> {
    let hash = |what: &str| Fingerprint::of(format!("{what} {org_name} {serial} {minutes}").as_bytes());
    Ok(IssuedVoucher {
        at: minute(minutes),
        caller: user(org_name, "ann")?,
        request_id: RequestId::parse("request 1")?,
        org: org(org_name)?,
        component: id("30065", serial)?,
        cert: CertId::parse("cert-1")?,
        pinned_cert: hash("pinned"),
        content: hash("content"),
        voucher: hash("voucher"),
        created_on: minute(minutes) + TimeDelta::seconds(1),
        expires_on: Some(minute(minutes + 60)),
        issuer: "Ångström Networks".into(),
        signer_cert: hash("signer"),
    })
}

pub(super) fn token(jti: &str, user: User) -> TokenRecord {
    let (issued_at, expires_at) = (minute(1), minute(90));
    TokenRecord { jti: jti.into(), user, issued_at, expires_at, revoked_at: None, last_used_at: None }
}

/// Creates organizations, each described by its id.
pub(super) async fn found(store: &Arc<dyn Store>, names: &[&str]) -> Result<(), Failure> {
    for name in names {
        let id = org(name)?;
        let new = store.create_org(&id, &Description::parse(id.as_str())?, &stamp()?).await?;
        super::holds(&format!("`{id}` is new"), new)?;
    }
    Ok(())
}

/// The tree of an organization that exists.
pub(super) async fn tree(store: &Arc<dyn Store>, name: &str) -> Result<Org, Failure> {
    let id = org(name)?;
    store.org(&id).await?.ok_or_else(|| Failure::new(format!("`{id}` is unknown")))
}

/// Commits a change at the present revision.
pub(super) async fn commit(store: &Arc<dyn Store>, name: &str, change: &Change) -> Result<(), Failure> {
    let org = tree(store, name).await?;
    Ok(store.commit(org.id(), org.revision(), change, &stamp()?).await?)
}

/// Enters components without facts.
pub(super) async fn ingest(store: &Arc<dyn Store>, name: &str, ids: &[(&str, &str)]) -> Result<(), Failure> {
    let new = ids.iter().map(|(ien, serial)| component(name, ien, serial));
    let new: Vec<Component> = new.collect::<Result<_, _>>()?;
    Ok(store.ingest(&new, &[], &stamp()?).await?)
}
