use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use der::Decode;
use x509_parser::{
    certificate::X509Certificate,
    extensions::ExtendedKeyUsage,
    prelude::{FromDer, oid_registry::Oid},
};

use super::{PublicKey, bounded, key_form::refuse_private};
use crate::Invalid;

/// The certificate of a TPM's endorsement key: one DER X.509 certificate, up to 16 KiB.
///
/// It is an end entity's, and its key is as good as a [`PublicKey`]. What else the TCG EK Credential Profile §3.2 asks for is
/// missing in so many TPMs that it is not insisted on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EkCertificate {
    der: Arc<[u8]>,
    public_key: PublicKey,
}

/// What a certificate of a TPM is for, by its extended key usage (TCG EK Credential Profile §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EkPurpose {
    /// An endorsement key (`tcg-kp-EKCertificate`), or it does not say.
    Endorsement,
    /// The platform (`tcg-kp-PlatformAttributeCertificate`).
    Platform,
    /// An attestation key (`tcg-kp-AIKCertificate`).
    Attestation,
    /// Something else.
    Other,
}

impl EkCertificate {
    const MAX: usize = 16 * 1024;

    /// Reads a certificate. Its dates are not looked at: devices outlive them.
    ///
    /// # Errors
    /// [`Invalid::PrivateKey`] for a private key, [`Invalid::CaCertificate`] for the certificate of a CA, and
    /// [`Invalid::UnusableKey`] for one of a key that nothing can be encrypted for; else [`Invalid`] if it is larger, or not
    /// exactly one DER certificate.
    pub fn parse(der: &[u8]) -> Result<EkCertificate, Invalid> {
        refuse_private(der)?;
        bounded(der, Self::MAX)?;
        // The first reader is strict about DER, the second one hands out the key as it stands there.
        x509_cert::Certificate::from_der(der).map_err(|_| Invalid::NotCertificate)?;
        let certificate = read(der)?;
        // Constraints that cannot be read might say anything.
        let constraints = certificate.basic_constraints().map_err(|_| Invalid::NotCertificate)?;
        if constraints.is_some_and(|constraints| constraints.value.ca) {
            return Err(Invalid::CaCertificate);
        }
        let public_key = PublicKey::parse(certificate.tbs_certificate.subject_pki.raw)?;
        Ok(EkCertificate { der: der.into(), public_key })
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SubjectPublicKeyInfo of the key that is certified, spelled as a [`PublicKey`] is.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        self.public_key.der()
    }

    /// What it says it is for.
    #[must_use]
    pub fn purpose(&self) -> EkPurpose {
        let certificate = read(&self.der);
        let usage = certificate.as_ref().ok().and_then(|certificate| certificate.extended_key_usage().ok());
        usage.flatten().map_or(EkPurpose::Endorsement, |usage| purpose(usage.value))
    }

    /// The last second it is valid.
    #[must_use]
    pub fn not_after(&self) -> Option<DateTime<Utc>> {
        let seconds = read(&self.der).ok()?.validity().not_after.timestamp();
        DateTime::from_timestamp(seconds, 0)
    }
}

impl fmt::Debug for EkCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EkCertificate({} bytes)", self.der.len())
    }
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>, Invalid> {
    X509Certificate::from_der(der).map(|(_, certificate)| certificate).map_err(|_| Invalid::NotCertificate)
}

/// Several purposes may stand side by side; one that fits is enough.
fn purpose(usage: &ExtendedKeyUsage<'_>) -> EkPurpose {
    let has = |arcs: &[u64]| Oid::from(arcs).is_ok_and(|oid| usage.other.contains(&oid));
    match () {
        () if usage.any || has(&[2, 23, 133, 8, 1]) => EkPurpose::Endorsement,
        () if has(&[2, 23, 133, 8, 3]) => EkPurpose::Attestation,
        () if has(&[2, 23, 133, 8, 2]) => EkPurpose::Platform,
        () => EkPurpose::Other,
    }
}
