//! The only place that computes anything cryptographic, and it asks a library to.
//!
//! A backend brings `digest` and `is_signed`: aws-lc-rs, or the crates of RustCrypto where there is no
//! aws-lc-rs. Without either, digests come from `sha2` all the same, so that vouchers can still be prepared,
//! assembled and inspected, but nothing can be verified.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(any(not(feature = "aws-lc"), all(test, feature = "rustcrypto")))]
mod portable;
#[cfg(all(feature = "rustcrypto", any(not(feature = "aws-lc"), test)))]
mod rust_crypto;
#[cfg(all(test, feature = "aws-lc", feature = "rustcrypto"))]
mod tests;

use sha2::Digest as _;

#[cfg(feature = "aws-lc")]
pub(crate) use self::aws_lc::{digest, is_signed};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use self::portable::digest;
#[cfg(all(feature = "rustcrypto", not(feature = "aws-lc")))]
pub(crate) use self::rust_crypto::is_signed;

/// The SHA-256 of `message`, whatever the backend.
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(message).into()
}

/// A hash of the SHA-2 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// The length of the digest.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}
