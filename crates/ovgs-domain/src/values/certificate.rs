//! The certificate of an owner's domain, which vouchers pin.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use der::Decode;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, ParsedExtension, X509Certificate, X509Version, oid_registry};

use crate::Invalid;

/// The SHA-256 of a DER certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(bytes).into())
    }

    /// One that was computed before.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Fingerprint {
        Fingerprint(bytes)
    }

    /// The 32 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Exactly one X.509 v3 certificate in DER, at most 16 KiB: the `pinned-domain-cert` of RFC 8366 §5.3.
///
/// Structure is checked, policy is not: any key type is taken, a CA or an end entity, valid yet or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainCertificate {
    der: Arc<[u8]>,
    fingerprint: Fingerprint,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    names_revocation_source: bool,
}

impl DomainCertificate {
    /// The largest certificate taken, in bytes.
    pub const MAX: usize = 16 * 1024;

    /// Reads a certificate.
    ///
    /// # Errors
    /// [`Invalid`] if it is larger, PEM, not version 3, or not exactly one DER certificate.
    pub fn parse(der: &[u8]) -> Result<DomainCertificate, Invalid> {
        if der.is_empty() {
            return Err(Invalid::Empty);
        }
        if der.len() > Self::MAX {
            return Err(Invalid::TooManyBytes { length: der.len(), max: Self::MAX });
        }
        if der.starts_with(b"-----BEGIN") {
            return Err(Invalid::Pem);
        }
        // The first reader is strict about DER and refuses what follows the certificate; the second one reads times and
        // extensions without insisting on any.
        x509_cert::Certificate::from_der(der).map_err(|_| Invalid::NotCertificate)?;
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Invalid::NotCertificate)?;
        if certificate.version() != X509Version::V3 {
            return Err(Invalid::NotVersion3);
        }
        let validity = certificate.validity();
        Ok(DomainCertificate {
            fingerprint: Fingerprint::of(der),
            not_before: time(validity.not_before.timestamp())?,
            not_after: time(validity.not_after.timestamp())?,
            names_revocation_source: names_revocation_source(&certificate),
            der: der.into(),
        })
    }

    /// The bytes as they were given.
    #[must_use]
    pub fn der(&self) -> &Arc<[u8]> {
        &self.der
    }

    /// Its SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The first second it is valid.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// The last second it is valid, which no voucher may outlive (RFC 8366 §5.3, `expires-on`).
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// Whether it says where its revocation can be looked up: a CRL distribution point or an OCSP address.
    /// Without one, a device told to check revocation cannot boot (RFC 8572 §5.4).
    #[must_use]
    pub fn names_revocation_source(&self) -> bool {
        self.names_revocation_source
    }
}

fn time(seconds: i64) -> Result<DateTime<Utc>, Invalid> {
    DateTime::from_timestamp(seconds, 0).ok_or(Invalid::NotCertificate)
}

fn names_revocation_source(certificate: &X509Certificate<'_>) -> bool {
    certificate.extensions().iter().any(|extension| match extension.parsed_extension() {
        ParsedExtension::CRLDistributionPoints(points) => !points.points.is_empty(),
        ParsedExtension::AuthorityInfoAccess(access) => access
            .accessdescs
            .iter()
            .any(|d| d.access_method == oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_OCSP),
        _ => false,
    })
}
