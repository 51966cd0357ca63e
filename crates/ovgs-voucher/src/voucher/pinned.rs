//! The pinned domain certificate, encoded once.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Certificate, Invalid};

/// A domain certificate as vouchers carry it: its DER and, made once, the base64 of that.
///
/// Cloning is cheap, so a server keeps one per certificate and puts it into every voucher.
#[derive(Clone, PartialEq, Eq)]
pub struct PinnedCert(Arc<Encodings>);

#[derive(PartialEq, Eq)]
struct Encodings {
    der: Vec<u8>,
    base64: String,
}

impl PinnedCert {
    /// Takes exactly one X.509 version 3 certificate in DER (RFC 8366 §5.3); nothing is asked of its key,
    /// dates or issuer.
    ///
    /// # Errors
    /// [`Invalid`] if it is anything else, or followed by anything.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, Invalid> {
        let der = der.into();
        Certificate::from_der(der.as_slice())?.require_version_3()?;
        let base64 = STANDARD.encode(&der);
        Ok(Self(Arc::new(Encodings { der, base64 })))
    }

    /// The certificate in DER, byte for byte as given.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The DER in padded standard base64 on one line (RFC 7951 §6.6).
    pub fn base64(&self) -> &str {
        &self.0.base64
    }
}

impl fmt::Debug for PinnedCert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PinnedCert({} octets)", self.0.der.len())
    }
}
