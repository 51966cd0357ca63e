//! TPM identities: public keys and endorsement certificates.

mod ek_certificate;
mod key_form;
mod public_key;

pub use self::{
    ek_certificate::{EkCertificate, EkPurpose},
    key_form::KeyForm,
    public_key::PublicKey,
};
use crate::Invalid;

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

    /// The DER of what is known: of the SubjectPublicKeyInfo, or of the certificate.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        match self {
            Endorsement::Key(key) => key.der(),
            Endorsement::Certificate(certificate) => certificate.der(),
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
