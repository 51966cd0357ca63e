//! The `idevid-issuer` leaf.

use der::{Decode, Encode, asn1::OctetString};
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use crate::{Certificate, Invalid};

/// The longest encoding taken, in octets.
const LONGEST: usize = 1024;

/// The issuer of a device's IDevID certificate: the DER of an `AuthorityKeyIdentifier` that has a key
/// identifier (RFC 8366 §5.3, RFC 5280 §4.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdevidIssuer(Vec<u8>);

impl IdevidIssuer {
    /// Takes the DER of the AuthorityKeyIdentifier SEQUENCE, at most 1 KiB.
    ///
    /// # Errors
    /// [`Invalid::IdevidIssuer`] if it is not one, or names no key identifier.
    pub fn from_der(der: &[u8]) -> Result<Self, Invalid> {
        let parsed = AuthorityKeyIdentifier::from_der(der).map_err(|_| Invalid::IdevidIssuer)?;
        let has_key = parsed.key_identifier.is_some_and(|id| !id.as_bytes().is_empty());
        if !has_key || der.len() > LONGEST {
            return Err(Invalid::IdevidIssuer);
        }
        Ok(Self(der.to_vec()))
    }

    /// Wraps a bare key identifier of 20 octets.
    ///
    /// # Errors
    /// [`Invalid::IdevidIssuer`] for any other length.
    pub fn from_key_id(key_id: &[u8]) -> Result<Self, Invalid> {
        if key_id.len() != 20 {
            return Err(Invalid::IdevidIssuer);
        }
        let key_identifier = Some(OctetString::new(key_id).map_err(|_| Invalid::IdevidIssuer)?);
        let aki = AuthorityKeyIdentifier { key_identifier, ..AuthorityKeyIdentifier::default() };
        Ok(Self(aki.to_der().map_err(|_| Invalid::IdevidIssuer)?))
    }

    /// Reads the forms seen in the wild: the SEQUENCE, the same in an OCTET STRING, or the bare key
    /// identifier.
    pub(super) fn from_any_form(octets: &[u8]) -> Result<Self, Invalid> {
        Self::from_der(octets)
            .or_else(|_| {
                let inner = OctetString::from_der(octets).map_err(|_| Invalid::IdevidIssuer)?;
                Self::from_der(inner.as_bytes())
            })
            .or_else(|_| Self::from_key_id(octets))
    }

    /// Takes the authority key identifier of a device's IDevID certificate.
    ///
    /// # Errors
    /// [`Invalid::IdevidIssuer`] if the certificate has none, or one without a key identifier.
    pub fn of_certificate(idevid: &Certificate) -> Result<Self, Invalid> {
        idevid.extensions().authority_key_id.as_deref().ok_or(Invalid::IdevidIssuer).and_then(Self::from_der)
    }

    /// Whether this, out of a voucher, means `own`, out of an IDevID: it is the same, or no more than the same
    /// key identifier, which is all that some vouchers carry.
    pub(crate) fn fits(&self, own: &Self) -> bool {
        let parsed = |issuer: &Self| AuthorityKeyIdentifier::from_der(&issuer.0).ok();
        self == own
            || parsed(self).zip(parsed(own)).is_some_and(|(wanted, own)| {
                let bare =
                    wanted.authority_cert_issuer.is_none() && wanted.authority_cert_serial_number.is_none();
                bare && wanted.key_identifier == own.key_identifier
            })
    }

    /// The DER of the AuthorityKeyIdentifier SEQUENCE.
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}
