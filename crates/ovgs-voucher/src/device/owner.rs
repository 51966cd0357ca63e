//! The owner certificate: RFC 8572 §3.2.

use chrono::{DateTime, Utc};
use x509_cert::ext::pkix::KeyUsages;

use super::bootstrap::{DeviceNote, refuse_encrypted, subject};
use crate::{
    Certificate, Crl, DeviceError, RevocationChecks, VerifyError, Voucher, cms::decode::SignedData, path,
    revocation, verify::rules,
};

/// All certificates and revocation lists of the artifact.
pub(super) fn read(
    der: &[u8],
    notes: &mut Vec<DeviceNote>,
) -> Result<(Vec<Certificate>, Vec<Crl>), DeviceError> {
    refuse_encrypted(der, "owner certificate")?;
    let (data, trailing) = SignedData::read(der).map_err(DeviceError::OwnerArtifact)?;
    if trailing > 0 {
        return Err(DeviceError::TrailingOctets { artifact: "owner certificate", octets: trailing });
    }
    if !data.signers.is_empty() {
        notes.push(DeviceNote::SignedOwnerCertificate);
    }
    if data.content.is_some() {
        notes.push(DeviceNote::OwnerCertificateContent);
    }
    if !data.certificates.ascends() {
        notes.push(DeviceNote::UnsortedOwnerCertificates);
    }
    let certificates = data.certificates.0.len();
    if certificates > rules::MOST {
        return Err(DeviceError::OwnerArtifact(VerifyError::TooManyCertificates { certificates }));
    }
    let certificates = rules::embedded(&data).map_err(DeviceError::OwnerArtifact)?;
    let lists = rules::lists(&data).map_err(DeviceError::OwnerArtifact)?;
    Ok((certificates, lists))
}

/// The certificate that the manufacturer vouches for.
pub(super) fn pinned(voucher: &Voucher) -> Result<Certificate, DeviceError> {
    // It was read before, when the voucher was, so this does not fail.
    Certificate::from_der(voucher.pinned_domain_cert().der())
        .map_err(|invalid| DeviceError::Voucher(VerifyError::Content(invalid)))
}

/// The way from the owner certificate to the pinned one, which is trusted as it is.
pub(super) fn path(
    owner: &Certificate,
    others: &[Certificate],
    pinned: &Certificate,
    lists: &[Crl],
    checks: RevocationChecks,
    clock: Option<DateTime<Utc>>,
) -> Result<Vec<Certificate>, DeviceError> {
    let path = path::find(owner, others, std::slice::from_ref(pinned), clock).map_err(DeviceError::Owner)?;
    let usage = owner.extensions().key_usage;
    if usage.is_some_and(|usage| !usage.0.contains(KeyUsages::DigitalSignature)) {
        return Err(DeviceError::OwnerKeyUsage { subject: subject(owner) });
    }
    revocation::check(&path, lists, checks, clock).map_err(DeviceError::Owner)?;
    Ok(path)
}
