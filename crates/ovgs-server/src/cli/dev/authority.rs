//! A certificate authority of the development server's own.

use std::net::IpAddr;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};

/// A certificate or chain with its key, both PEM.
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// A new P-256 key.
pub(super) fn new_key() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)
}

/// A root that signed itself, good for twenty years.
pub(super) fn root(name: &str, now: DateTime<Utc>) -> Result<Pair, rcgen::Error> {
    let key = new_key()?;
    let certificate = root_params(name, now).self_signed(&key)?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

/// A certificate for voucher signing, as `openssl cms -verify` takes it: key usage digitalSignature, no CA, no extended
/// key usage. The chain has the root behind it.
pub(super) fn voucher_signer(root: &Pair, root_name: &str, now: DateTime<Utc>) -> Result<Pair, rcgen::Error> {
    let mut params = params("OVGS development voucher signer", now, TWENTY_YEARS);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let pair = issue(params, root, root_name, now)?;
    Ok(Pair { certificate: pair.certificate + &root.certificate, key: pair.key })
}

/// A server certificate for `localhost`, the loopback addresses and one more, good for a year.
pub(super) fn server(
    root: &Pair,
    root_name: &str,
    address: IpAddr,
    now: DateTime<Utc>,
) -> Result<Pair, rcgen::Error> {
    let mut params = params("OVGS development server", now, TimeDelta::days(365));
    let addresses = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]), address];
    params.subject_alt_names = vec![SanType::DnsName("localhost".try_into()?)];
    for address in addresses.map(SanType::IpAddress) {
        if !params.subject_alt_names.contains(&address) {
            params.subject_alt_names.push(address);
        }
    }
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue(params, root, root_name, now)
}

const TWENTY_YEARS: TimeDelta = TimeDelta::days(7305);

fn issue(
    mut params: CertificateParams,
    root: &Pair,
    root_name: &str,
    now: DateTime<Utc>,
) -> Result<Pair, rcgen::Error> {
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    let key = new_key()?;
    // Of the root's certificate, name and key id go into what it signs; both follow from its name and key.
    let issuer = Issuer::new(root_params(root_name, now), KeyPair::from_pem(&root.key)?);
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
}

fn root_params(name: &str, now: DateTime<Utc>) -> CertificateParams {
    let mut params = params(name, now, TWENTY_YEARS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Valid since yesterday, for clocks that are slow.
fn params(name: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> CertificateParams {
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    let day = |time: DateTime<Utc>| date_time_ymd(time.year(), part(time.month()), part(time.day()));
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = day(now - TimeDelta::days(1));
    params.not_after = day(now + lifetime);
    params
}
