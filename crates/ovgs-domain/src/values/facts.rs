//! What the manufacturer knows of a component.

use std::{fmt, sync::Arc};

use der::{Decode, Encode, asn1::OctetString};
use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use super::{
    Endorsement, Excerpt, PublicKey,
    text::{printable, text},
};
use crate::Invalid;

text! {
    /// A hardware model or SKU, up to 128 characters (the `hw-model` of RFC 8572 §7.3).
    Model
}

impl Model {
    /// Reads a model name.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=128 printable characters.
    pub fn parse(value: &str) -> Result<Model, Invalid> {
        printable(value, 128).map(|v| Model(v.into()))
    }
}

/// A MAC address: six octets, shown in lower case with colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MacAddress([u8; 6]);

impl MacAddress {
    /// Reads six octets in hexadecimal: bare, in pairs with `:`, `-` or `.`, or in fours with `.`.
    ///
    /// # Errors
    /// [`Invalid::NotMac`] for anything else.
    ///
    /// ```
    /// use ovgs_domain::MacAddress;
    /// for text in ["00:1C:73:AB:cd:01", "00-1c-73-ab-cd-01", "001c.73ab.cd01", "001C73ABCD01"] {
    ///     assert_eq!(MacAddress::parse(text)?.to_string(), "00:1c:73:ab:cd:01");
    /// }
    /// # Ok::<(), ovgs_domain::Invalid>(())
    /// ```
    pub fn parse(value: &str) -> Result<MacAddress, Invalid> {
        Self::read(value).ok_or_else(|| Invalid::NotMac(Excerpt::of(value)))
    }

    fn read(value: &str) -> Option<MacAddress> {
        let octets = value.as_bytes();
        let (digits, separator) = match (octets.len(), octets.get(2), octets.get(4)) {
            (12, ..) => (12, None),
            (14, _, Some(b'.')) => (4, Some(b'.')),
            (17, Some(separator @ (b':' | b'-' | b'.')), _) => (2, Some(*separator)),
            _ => return None,
        };
        let mut number = 0_u64;
        for (index, octet) in octets.iter().enumerate() {
            if index % (digits + 1) < digits {
                number = number << 4 | u64::from(char::from(*octet).to_digit(16)?);
            } else if Some(*octet) != separator {
                return None;
            }
        }
        let [_, _, octets @ ..] = number.to_be_bytes();
        Some(MacAddress(octets))
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
        let mut text = [b':'; 17];
        for (octet, digits) in self.0.into_iter().zip(text.chunks_mut(3)) {
            if let [high, low, ..] = digits {
                (*high, *low) = (digit(octet >> 4), digit(octet & 0xf));
            }
        }
        // In one piece, or a string would grow with each of them.
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Who issued a component's IDevID certificate, as its AuthorityKeyIdentifier (RFC 5280 §4.2.1.1), which a voucher
/// must carry where serial numbers are not unique under its signer (RFC 8366 §5.3, `idevid-issuer`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdevidIssuer {
    der: Arc<[u8]>,
    key_id: Arc<[u8]>,
}

impl IdevidIssuer {
    const MAX: usize = 1024;

    /// Reads a 20-byte key id, which is wrapped, or a DER AuthorityKeyIdentifier with one, up to 1 KiB.
    ///
    /// # Errors
    /// [`Invalid`] if it is neither.
    pub fn parse(value: &[u8]) -> Result<IdevidIssuer, Invalid> {
        if value.is_empty() {
            return Err(Invalid::Empty);
        }
        if value.len() > Self::MAX {
            return Err(Invalid::TooManyBytes { length: value.len(), max: Self::MAX });
        }
        if value.len() == 20 {
            return Self::wrap(value).ok_or(Invalid::NotIdevidIssuer);
        }
        let identifier = AuthorityKeyIdentifier::from_der(value).map_err(|_| Invalid::NotIdevidIssuer)?;
        match identifier.key_identifier.as_ref().map(OctetString::as_bytes) {
            None | Some([]) => Err(Invalid::NotIdevidIssuer),
            Some(key_id) => Ok(IdevidIssuer { der: value.into(), key_id: key_id.into() }),
        }
    }

    fn wrap(key_id: &[u8]) -> Option<IdevidIssuer> {
        let identifier = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(key_id).ok()?),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        };
        Some(IdevidIssuer { der: identifier.to_der().ok()?.into(), key_id: key_id.into() })
    }

    /// The DER AuthorityKeyIdentifier SEQUENCE.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key id alone, by which two issuers are told apart.
    #[must_use]
    pub fn key_id(&self) -> &[u8] {
        &self.key_id
    }
}

/// What the manufacturer knows of a component; each fact is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Hardware model.
    pub model: Option<Model>,
    /// MAC address of the management port.
    pub mac_addr: Option<MacAddress>,
    /// The TPM's endorsement key, or its certificate.
    pub endorsement: Option<Endorsement>,
    /// The TPM's platform primary key.
    pub platform_primary_key: Option<PublicKey>,
    /// The issuer of its IDevID certificate.
    pub idevid_issuer: Option<IdevidIssuer>,
}

impl Facts {
    /// How many octets the longer ones have together: keys and certificates, of a few kilobytes each.
    #[must_use]
    pub fn der_octets(&self) -> usize {
        let endorsement = self.endorsement.as_ref().map_or(0, |endorsement| endorsement.der().len());
        let primary = self.platform_primary_key.as_ref().map_or(0, |key| key.der().len());
        let issuer = self.idevid_issuer.as_ref().map_or(0, |issuer| issuer.der().len());
        endorsement + primary + issuer
    }
}
