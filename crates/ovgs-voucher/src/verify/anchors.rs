//! Whom to trust.

use crate::{Certificate, Invalid};

/// Certificates that are trusted as they are; usually the roots of a manufacturer, active and retired.
///
/// An intermediate given here is trusted just as well, and ends the path.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Certificate>,
}

impl TrustAnchors {
    /// Trusts these.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        Self { certificates: certificates.into_iter().collect() }
    }

    /// Trusts all `CERTIFICATE` sections of a PEM text.
    ///
    /// # Errors
    /// [`Invalid`] if there is none, or one is broken.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Invalid> {
        Certificate::all_from_pem(pem).map(Self::new)
    }

    /// The certificates trusted.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}
