//! Issuers and certificates for tests.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use ovgs_domain::Ien;
use ovgs_voucher::{Assertion, FileSigner, Profile, SigningChain};
use rcgen::{CertificateParams, DnType, KeyPair};

use crate::issuers::{Issuer, IssuerParts, IssuerSet, IssuerState};

/// One issuer with a root of its own for each list of manufacturers.
pub(super) fn issuers(iens: &[&[&str]]) -> IssuerSet {
    let issuers = iens.iter().enumerate().map(|(index, iens)| {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, format!("root {index}"));
        let root = params.self_signed(&key).expect("a certificate");
        let parts = IssuerParts {
            name: format!("issuer {index}"),
            manufacturer: "Acme".into(),
            iens: iens.iter().map(|ien| Ien::parse(ien).expect("an ien")).collect::<BTreeSet<_>>(),
            state: IssuerState::Active,
            signer: Arc::new(FileSigner::from_bytes(key.serialize_pem().as_bytes()).expect("a signer")),
            chain: SigningChain::from_pem(root.pem().as_bytes()).expect("a chain"),
            profile: Profile::Rfc8366,
            assertion: Assertion::Verified,
            created_on_backdate: TimeDelta::zero(),
            last_renewal_date: false,
        };
        Issuer::new(parts).expect("an issuer")
    });
    IssuerSet::new(issuers).expect("issuers that go together")
}

/// Some certificate, as base64 of its DER.
pub(super) fn certificate() -> String {
    let made = rcgen::generate_simple_self_signed(vec!["tpm".into()]).expect("a certificate");
    STANDARD.encode(made.cert.der())
}
