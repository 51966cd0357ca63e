//! The certificates of a signer: one of its own, an intermediate, a root.

use ovgs_voucher::{Certificate, SigningChain};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData, SignatureAlgorithm, date_time_ymd,
};
use spki::{SubjectPublicKeyInfoRef, der::Decode as _};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Certificates for `public_key`, and the root in PEM.
pub(crate) fn certify(
    public_key: &[u8],
    issuers: &'static SignatureAlgorithm,
) -> anyhow::Result<(SigningChain, String)> {
    let key = || KeyPair::generate_for(issuers);
    let root = Authority::self_signed(authority("Voucher Root"), key()?)?;
    let issuing = Authority::signed_by(authority("Voucher Issuing CA"), key()?, &root)?;
    let mut leaf = named("Voucher Signer");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let leaf = leaf.signed_by(&Subject::read(public_key, issuers)?, &issuing)?;
    let certificates = [leaf.der(), issuing.der(), root.der()];
    let certificates: Vec<_> =
        certificates.into_iter().map(|der| Certificate::from_der(der.to_vec())).collect::<Result<_, _>>()?;
    Ok((SigningChain::new(certificates)?, root.pem()))
}

/// A public key of which somebody else has the private one.
struct Subject {
    bits: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl Subject {
    fn read(public_key: &[u8], algorithm: &'static SignatureAlgorithm) -> anyhow::Result<Self> {
        let bits = SubjectPublicKeyInfoRef::from_der(public_key)?.subject_public_key.raw_bytes().to_vec();
        Ok(Self { bits, algorithm })
    }
}

impl PublicKeyData for Subject {
    fn der_bytes(&self) -> &[u8] {
        &self.bits
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

/// A certificate of a domain that a voucher can pin.
pub(crate) fn domain() -> anyhow::Result<Vec<u8>> {
    Ok(authority("Domain CA").self_signed(&KeyPair::generate()?)?.der().to_vec())
}

pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Good for as long as anybody may want to try a verifier.
fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}
