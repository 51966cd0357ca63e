//! What bytes are that are no SubjectPublicKeyInfo, so that whoever sent them learns what to send instead.

use std::fmt;

use der::{Decode, Header, Reader, SliceReader, Tag};
use pkcs1::RsaPublicKey;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Invalid;

/// A form of public keys that is about, and is not the one kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyForm {
    /// Base64 between lines of dashes (RFC 7468).
    Pem,
    /// An RSAPublicKey alone, without the algorithm around it (RFC 8017, appendix A.1.1).
    Pkcs1,
    /// The public area of an object of a TPM 2.0, with its size before it (TPM 2.0 Part 2, `TPM2B_PUBLIC`).
    Tpm2bPublic,
    /// The same without the size (`TPMT_PUBLIC`).
    TpmtPublic,
    /// A key of a TPM 1.2 (TPM 1.2 Part 2, `TPM_PUBKEY`).
    TpmPubkey,
    /// A whole certificate.
    Certificate,
}

/// How PEM begins.
const PEM: &[u8] = b"-----BEGIN";

impl KeyForm {
    /// The form of these bytes, if it is one of them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<KeyForm> {
        let size =
            |rest: &[u8], high: u8, low: u8| rest.len() == usize::from(u16::from_be_bytes([high, low]));
        match bytes {
            pem if pem.starts_with(PEM) => Some(KeyForm::Pem),
            [high, low, rest @ ..] if size(rest, *high, *low) && is_public_area(rest) => {
                Some(KeyForm::Tpm2bPublic)
            }
            area if is_public_area(area) => Some(KeyForm::TpmtPublic),
            // TPM_ALG_RSA in 32 bits, then an encryption scheme, of which there are four.
            [0, 0, 0, 1, 0, 0..=4, ..] => Some(KeyForm::TpmPubkey),
            der if RsaPublicKey::from_der(der).is_ok() => Some(KeyForm::Pkcs1),
            der if X509Certificate::from_der(der).is_ok() => Some(KeyForm::Certificate),
            _ => None,
        }
    }
}

/// Whether these bytes begin as a public area does: TPM_ALG_RSA or TPM_ALG_ECC, then SHA-1 or a SHA-2 for the name.
fn is_public_area(bytes: &[u8]) -> bool {
    matches!(bytes, [0x00, 0x01 | 0x23, 0x00, 0x04 | 0x0b..=0x0d, ..])
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyForm::Pem => "PEM",
            KeyForm::Pkcs1 => "a PKCS #1 RSAPublicKey",
            KeyForm::Tpm2bPublic => "a TPM2B_PUBLIC",
            KeyForm::TpmtPublic => "a TPMT_PUBLIC",
            KeyForm::TpmPubkey => "a TPM_PUBKEY of TPM 1.2",
            KeyForm::Certificate => "an X.509 certificate",
        })
    }
}

/// Refuses what holds a private key, in PEM or in DER, whole or cut off.
pub(super) fn refuse_private(bytes: &[u8]) -> Result<(), Invalid> {
    const LABEL: &[u8] = b"PRIVATE KEY-----";
    let in_pem = || bytes.windows(LABEL.len()).any(|part| part == LABEL);
    let pem = bytes.starts_with(PEM) && in_pem();
    if pem || begins_as_private(bytes) { Err(Invalid::PrivateKey) } else { Ok(()) }
}

/// Every structure of private keys begins with a version, which no public one does: PKCS #1 and #8 and DSA with 0 or 1,
/// SEC 1 with 1, PKCS #12 with 3. Only an encrypted PKCS #8 has none, and has an OCTET STRING after the algorithm where a
/// public key has a BIT STRING.
fn begins_as_private(bytes: &[u8]) -> bool {
    let read = || {
        let mut reader = SliceReader::new(bytes)?;
        Header::decode(&mut reader)?.tag.assert_eq(Tag::Sequence)?;
        let first = Header::decode(&mut reader)?;
        let body = reader.read_slice(first.length)?;
        match first.tag {
            Tag::Integer => Ok(matches!(body, [0 | 1 | 3])),
            Tag::Sequence => Ok(reader.peek_byte() == Some(0x04)),
            _ => Ok::<_, der::Error>(false),
        }
    };
    read().unwrap_or(false)
}
