//! What the tests of this module share.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{ComponentId, GroupId, Ien, OrgId, SerialNumber, User, UserType, Username};
use ovgs_store::MemoryStore;
use ovgs_voucher::{Assertion, FileSigner, Profile, SigningChain};

use crate::{
    clock::{Fixed, System},
    issuers::{Issuer, IssuerParts, IssuerSet, IssuerState},
    service::{Service, Settings},
};

/// When all tests of this module take place: 2026-11-21T20:33:03Z.
pub(super) const NOW: i64 = 1_795_293_183;

/// The certificate of an owner, good for years.
pub(super) fn domain_cert() -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(vec!["owner.example".into()]).expect("a certificate");
    made.cert.der().to_vec()
}

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).expect("a time")
}

/// A service over an empty store, whose one issuer serves the manufacturer 30065.
pub(super) fn service(settings: Settings) -> Arc<Service> {
    let made = rcgen::generate_simple_self_signed(vec!["issuer.example".into()]).expect("a certificate");
    let parts = IssuerParts {
        name: "test".into(),
        manufacturer: "Test Manufacturing".into(),
        iens: BTreeSet::from([ien("30065")]),
        state: IssuerState::Active,
        signer: Arc::new(FileSigner::from_bytes(&made.signing_key.serialize_der()).expect("a signer")),
        chain: SigningChain::from_pem(made.cert.pem().as_bytes()).expect("a chain"),
        profile: Profile::Rfc8366,
        assertion: Assertion::Verified,
        created_on_backdate: TimeDelta::zero(),
        last_renewal_date: false,
    };
    let issuers = IssuerSet::new([Issuer::new(parts).expect("an issuer")]).expect("a set");
    let (store, clock) = (Arc::new(MemoryStore::new()), Arc::new(Fixed::at(now())));
    Arc::new(Service::with_clock(store, Arc::new(issuers), settings, clock, Arc::new(System)))
}

pub(super) fn ien(text: &str) -> Ien {
    Ien::parse(text).expect("an enterprise number")
}

pub(super) fn org(text: &str) -> OrgId {
    OrgId::parse(text).expect("an organization")
}

pub(super) fn group(text: &str) -> GroupId {
    GroupId::parse(text).expect("a group")
}

pub(super) fn component(serial: &str) -> ComponentId {
    let serial_number = SerialNumber::parse(serial).expect("a serial number");
    ComponentId { ien: ien("30065"), serial_number }
}

pub(super) fn user(name: &str) -> User {
    User {
        org: org("org-acmeco"),
        username: Username::parse(name).expect("a name"),
        user_type: UserType::User,
    }
}
