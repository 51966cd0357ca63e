//! TPM identities as tools and TPMs write them.
//!
//! The API takes keys and certificates in one form only. Files come out of many hands, so here the forms that are about are
//! recognized and converted, and it is said that they were.

mod cell;
mod certificate;
mod key;
mod tpm1;
mod tpm2;

use std::fmt;

use ovgs_domain::{EkCertificate, Invalid, KeyForm, PublicKey};
use thiserror::Error;

pub(super) use self::cell::is_private_key;

/// What stands in place of a private key in a file of refused rows. It is refused as well.
pub(super) const CONCEALED: &str = "(a private key was here)";

/// What was done to a cell to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// It was PEM.
    Pem,
    /// It was a key in another form.
    Form(KeyForm),
    /// It was a SubjectPublicKeyInfo in another spelling.
    Spelling,
    /// There was the header of a TPM's NV index before the certificate.
    Header,
    /// There was padding behind the certificate.
    Padding,
}

/// Why a cell cannot be read. Nothing of the cell is in it.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Flaw {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error("is base64 whose last character has bits of no byte; encode it anew")]
    LastSymbol,
    #[error("is not base64 with padding on one line")]
    NotBase64,
    #[error("is PEM that cannot be read; give it with its lines of dashes and lines of 64 characters")]
    BadPem,
    #[error("is {0} that cannot be read")]
    Unreadable(KeyForm),
    #[error("is {0} of a kind that is no RSA key and of none of the curves P-256, P-384 and P-521")]
    UnknownKind(KeyForm),
}

/// A value, and what was done to get it.
pub(super) type Converted<T> = (T, Vec<Conversion>);

/// Reads a cell with a public key in whatever form.
pub(super) fn public_key(cell: &str) -> Result<Converted<PublicKey>, Flaw> {
    let (bytes, mut conversions) = cell::bytes(cell)?;
    let (key, conversion) = key::read(&bytes)?;
    conversions.extend(conversion);
    Ok((key, conversions))
}

/// Reads a cell with an EK certificate, bare or as a TPM's NV memory holds it.
pub(super) fn ek_certificate(cell: &str) -> Result<Converted<EkCertificate>, Flaw> {
    let (bytes, mut conversions) = cell::bytes(cell)?;
    let certificate = certificate::read(&bytes, &mut conversions)?;
    Ok((certificate, conversions))
}

/// Reads a cell with other bytes.
pub(super) fn other_bytes(cell: &str) -> Result<Vec<u8>, Flaw> {
    cell::base64(cell)
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conversion::Pem => f.write_str("taken out of PEM"),
            Conversion::Form(form) => write!(f, "made a SubjectPublicKeyInfo of {form}"),
            Conversion::Spelling => {
                f.write_str("respelled as keys are kept, points uncompressed and RSA as rsaEncryption")
            }
            Conversion::Header => f.write_str("header of a TPM's NV index cut off"),
            Conversion::Padding => f.write_str("padding cut off"),
        }
    }
}
