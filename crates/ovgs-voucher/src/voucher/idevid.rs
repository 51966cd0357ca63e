//! The `idevid-issuer` leaf.

use der::{Decode, Encode, asn1::OctetString};
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use crate::Invalid;

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

    /// The DER of the AuthorityKeyIdentifier SEQUENCE.
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}
