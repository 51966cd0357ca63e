//! From the text of a cell to bytes.

use std::borrow::Cow;

use base64::{DecodeError, Engine, engine::general_purpose::STANDARD};
use der::pem;
use ovgs_domain::{Invalid, PublicKey};

use super::{Conversion, Flaw};

/// How PEM begins (RFC 7468 §2).
const PEM: &str = "-----BEGIN ";

/// The bytes of a cell that is base64, PEM, or base64 of PEM.
pub(super) fn bytes(cell: &str) -> Result<(Vec<u8>, Vec<Conversion>), Flaw> {
    let text = match cell.starts_with(PEM) {
        true => Cow::Borrowed(cell.as_bytes()),
        false => Cow::Owned(base64(cell)?),
    };
    if !text.starts_with(PEM.as_bytes()) {
        return Ok((text.into_owned(), Vec::new()));
    }
    refuse_private(&text)?;
    let (_, der) = pem::decode_vec(&text).map_err(|_| Flaw::BadPem)?;
    Ok((der, vec![Conversion::Pem]))
}

pub(super) fn base64(cell: &str) -> Result<Vec<u8>, Flaw> {
    STANDARD.decode(cell).map_err(|error| match error {
        DecodeError::InvalidLastSymbol(..) => Flaw::LastSymbol,
        _ => Flaw::NotBase64,
    })
}

/// Whether there is a private key in the cell, whichever way it is written.
pub(in crate::provisioning::import) fn is_private_key(cell: &str) -> bool {
    /// The least there is, P-256 without its parameters (RFC 5915 §3), has 39 octets: 52 characters.
    const SHORTEST: usize = 48;
    let holds = |bytes: &[u8]| refuse_private(bytes).is_err();
    cell.len() >= SHORTEST
        && (holds(cell.as_bytes()) || STANDARD.decode(cell).is_ok_and(|bytes| holds(&bytes)))
}

fn refuse_private(bytes: &[u8]) -> Result<(), Invalid> {
    match PublicKey::parse(bytes) {
        Err(Invalid::PrivateKey) => Err(Invalid::PrivateKey),
        _ => Ok(()),
    }
}
