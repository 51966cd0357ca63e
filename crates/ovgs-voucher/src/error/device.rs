//! Why a device does not do what bootstrapping data says.

use thiserror::Error;

use super::{ChainFault, VerifyError};

/// A device refuses bootstrapping data, and why.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Forged, of another manufacturer, for another device, or not of this time.
    #[error("the voucher is refused: {0}")]
    Voucher(VerifyError),
    /// RFC 8366 §5.3: the device's policy decides which assertions will do.
    #[error("assertion `{found}` will not do")]
    Assertion {
        /// What the voucher asserts, or nothing.
        found: &'static str,
    },
    /// RFC 8366 §5.3: another device of the same serial number is meant.
    #[error("the voucher is for a device whose IDevID has another issuer")]
    IdevidIssuer,
    /// The device cannot tell whether it is meant.
    #[error("the voucher names the issuer of an IDevID, and this device knows of none")]
    NoIdevid,
    /// RFC 8366 §5.3: an old voucher, replayed.
    #[error("the voucher's nonce is not the one this device made")]
    Nonce,
    /// RFC 8366 §5.3: somebody else's voucher, replayed.
    #[error("the voucher has a nonce, and this device made none")]
    NoNonce,
    /// An artifact is still encrypted to the device.
    #[error("the {artifact} is encrypted; decrypt it first")]
    Encrypted {
        /// Which one.
        artifact: &'static str,
    },
    /// Something was put after an artifact.
    #[error("{octets} octets follow the {artifact}")]
    TrailingOctets {
        /// After which one.
        artifact: &'static str,
        /// How many.
        octets: usize,
    },
    /// Not a SignedData of certificates.
    #[error("the owner certificate artifact cannot be read: {0}")]
    OwnerArtifact(VerifyError),
    /// Nobody has the certificate that the conveyed information is signed with.
    #[error("the conveyed information is signed with a certificate that is not among the owner's")]
    NoOwnerCertificate,
    /// RFC 8572 §3.2: no key usage, or one with digitalSignature.
    #[error("the owner certificate `{subject}` is not for signatures")]
    OwnerKeyUsage {
        /// Whose certificate it is.
        subject: String,
    },
    /// No way to the pinned certificate, or one that does not hold.
    #[error("the owner certificate is refused: {0}")]
    Owner(ChainFault),
    /// Unsigned conveyed information, which a device takes from trusted sources only (RFC 8572 §5.4).
    #[error("the conveyed information is not signed")]
    Unsigned,
    /// Forged, or not as it should be signed.
    #[error("the conveyed information is refused: {0}")]
    Conveyed(VerifyError),
    /// Neither of the two content types of RFC 8572 §3.1, nor id-data.
    #[error("content type `{content_type}` is not conveyed information")]
    ConveyedType {
        /// Its name or object identifier.
        content_type: String,
    },
}
