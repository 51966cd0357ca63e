//! Certificates and keys of the tests' own making.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use ovgs_domain::{
    CertId, Component, ComponentId, DomainCert, Facts, Fingerprint, Ien, SerialNumber as SerialNo,
};
use ovgs_server::issuers::{Issuer, IssuerParts, IssuerSet, IssuerState};
use ovgs_voucher::{Assertion, FileSigner, Profile, SigningChain};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer as Signer, KeyPair,
    KeyUsagePurpose, SerialNumber, date_time_ymd,
};

use super::now;

/// A CA and a server certificate for localhost.
pub(crate) struct ServerTls {
    pub(crate) ca: String,
    pub(crate) chain: String,
    pub(crate) key: String,
}

pub(crate) fn server_tls() -> ServerTls {
    let (ca, ca_key) = (ca_params("TLS CA", now() + TimeDelta::days(30)), KeyPair::generate().unwrap());
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Signer::from_params(&ca, &ca_key)).unwrap();
    ServerTls { ca: ca_pem, chain: leaf.pem(), key: key.serialize_pem() }
}

/// The issuers of the tests:
///
/// | name | manufacturers | state |
/// |---|---|---|
/// | `main` | 30065, 32473 | active |
/// | `other` | 9 | active, with a root of its own |
/// | `old` | 2636 | retired |
/// | `expired` | 4413 | active, its certificate has expired |
pub(crate) fn issuers() -> IssuerSet {
    let future = now() + TimeDelta::days(3650);
    let past = now() - TimeDelta::days(1);
    IssuerSet::new([
        issuer("main", &["30065", "32473"], IssuerState::Active, future),
        issuer("other", &["9"], IssuerState::Active, future),
        issuer("old", &["2636"], IssuerState::Retired, future),
        issuer("expired", &["4413"], IssuerState::Active, past),
    ])
    .unwrap()
}

/// A part of `main`, and the certificate of [`domain_cert`].
pub(crate) fn something_to_vouch_for() -> (Component, DomainCert) {
    let id =
        ComponentId { ien: Ien::parse("30065").unwrap(), serial_number: SerialNo::parse("ABC101").unwrap() };
    let component = Component { id, org: super::org("org-acmeco"), group: None, facts: Facts::default() };
    let end = now() + TimeDelta::days(3650);
    let cert = DomainCert {
        id: CertId::parse("cert-1").unwrap(),
        fingerprint: Fingerprint::of(&domain_cert()),
        revocation_checks: false,
        expiry_time: end,
        not_after: end,
    };
    (component, cert)
}

fn issuer(name: &str, iens: &[&str], state: IssuerState, not_after: DateTime<Utc>) -> Issuer {
    let (root, root_key) = (ca_params(&format!("{name} root"), not_after), KeyPair::generate().unwrap());
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let mut leaf = params(&format!("{name} signer"), not_after);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf = leaf.signed_by(&key, &Signer::from_params(&root, &root_key)).unwrap();
    let chain = SigningChain::from_pem((leaf.pem() + &root_pem).as_bytes()).unwrap();
    Issuer::new(IssuerParts {
        name: name.into(),
        manufacturer: format!("{name} networks"),
        iens: iens.iter().map(|ien| Ien::parse(ien).unwrap()).collect(),
        state,
        signer: Arc::new(FileSigner::from_bytes(&key.serialize_der()).unwrap()),
        chain,
        profile: Profile::Rfc8366,
        assertion: Assertion::Verified,
        created_on_backdate: TimeDelta::zero(),
        last_renewal_date: false,
    })
    .unwrap()
}

/// A self-signed domain certificate in DER that is valid until then.
pub(crate) fn domain_cert_until(not_after: DateTime<Utc>) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    ca_params("Domain CA", not_after).self_signed(&key).unwrap().der().to_vec()
}

/// A certificate in form, whose basic constraints are rubbish: no device could pin it.
pub(crate) fn unreadable_cert() -> Vec<u8> {
    let mut params = params("Domain CA", now() + TimeDelta::days(100));
    let mut rubbish = CustomExtension::from_oid_content(&[2, 5, 29, 19], vec![0x30, 0x03, 0x01, 0x01, 0x01]);
    rubbish.set_criticality(true);
    params.custom_extensions = vec![rubbish];
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

/// A domain certificate that is valid for long, the same each time.
pub(crate) fn domain_cert() -> Vec<u8> {
    static CERT: OnceLock<Vec<u8>> = OnceLock::new();
    CERT.get_or_init(|| domain_cert_until(now() + TimeDelta::days(3650))).clone()
}

/// A certificate of an endorsement key, the same each time.
pub(crate) fn ek_cert() -> Vec<u8> {
    static CERT: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || params("TPM", now() + TimeDelta::days(3650)).self_signed(&KeyPair::generate().unwrap());
    CERT.get_or_init(|| make().unwrap().der().to_vec()).clone()
}

/// An endorsement key: any public key as SubjectPublicKeyInfo.
pub(crate) fn public_key() -> Vec<u8> {
    use rcgen::PublicKeyData;
    static KEY: OnceLock<Vec<u8>> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate().unwrap().subject_public_key_info()).clone()
}

fn ca_params(name: &str, not_after: DateTime<Utc>) -> CertificateParams {
    let mut params = params(name, not_after);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(name: &str, not_after: DateTime<Utc>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(1_u64));
    params.not_before = date_time_ymd(2020, 1, 1);
    let day = |n: u32| u8::try_from(n).unwrap();
    params.not_after = date_time_ymd(not_after.year(), day(not_after.month()), day(not_after.day()));
    params
}
