//! TPM identities: public keys and endorsement certificates.

use std::{fmt, sync::Arc};

use der::Decode;
use spki::SubjectPublicKeyInfoRef;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Invalid;

/// A public key as a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), up to 4 KiB.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Arc<[u8]>);

impl PublicKey {
    const MAX: usize = 4 * 1024;

    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Invalid`] if it is larger, or not exactly one such structure.
    pub fn parse(der: &[u8]) -> Result<PublicKey, Invalid> {
        bounded(der, Self::MAX)?;
        SubjectPublicKeyInfoRef::from_der(der).map_err(|_| Invalid::NotPublicKey)?;
        Ok(PublicKey(der.into()))
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.0.len())
    }
}

/// The certificate of a TPM's endorsement key: one DER X.509 certificate, up to 16 KiB.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EkCertificate {
    der: Arc<[u8]>,
    public_key: Arc<[u8]>,
}

impl EkCertificate {
    const MAX: usize = 16 * 1024;

    /// Reads a certificate. Its dates are not looked at: devices outlive them.
    ///
    /// # Errors
    /// [`Invalid`] if it is larger, or not exactly one DER certificate.
    pub fn parse(der: &[u8]) -> Result<EkCertificate, Invalid> {
        bounded(der, Self::MAX)?;
        // The first reader is strict about DER, the second one hands out the key as it stands there.
        x509_cert::Certificate::from_der(der).map_err(|_| Invalid::NotCertificate)?;
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Invalid::NotCertificate)?;
        let public_key = certificate.tbs_certificate.subject_pki.raw;
        Ok(EkCertificate { der: der.into(), public_key: public_key.into() })
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SubjectPublicKeyInfo of the key that is certified.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key
    }
}

impl fmt::Debug for EkCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EkCertificate({} bytes)", self.der.len())
    }
}

/// How a TPM's endorsement key is known: one or the other, never both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endorsement {
    /// By the key alone.
    Key(PublicKey),
    /// By its certificate.
    Certificate(EkCertificate),
}

impl Endorsement {
    /// The SubjectPublicKeyInfo of the endorsement key, whichever way it is known.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        match self {
            Endorsement::Key(key) => key.der(),
            Endorsement::Certificate(certificate) => certificate.public_key_der(),
        }
    }
}

fn bounded(der: &[u8], max: usize) -> Result<(), Invalid> {
    match der.len() {
        0 => Err(Invalid::Empty),
        length if length > max => Err(Invalid::TooManyBytes { length, max }),
        _ => Ok(()),
    }
}
