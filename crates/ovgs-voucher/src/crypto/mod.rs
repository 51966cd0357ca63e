//! The only place that computes anything cryptographic, and it asks a library to.
//!
//! A backend brings `digest` and, where it can, `is_signed`. Today there is aws-lc-rs; without it digests
//! come from `sha2`, so that vouchers can still be prepared, assembled and inspected, but nothing can be
//! verified.

#[cfg(feature = "aws-lc")]
mod aws_lc;
#[cfg(not(feature = "aws-lc"))]
mod portable;

#[cfg(feature = "aws-lc")]
pub(crate) use self::aws_lc::{digest, is_signed};
#[cfg(not(feature = "aws-lc"))]
pub(crate) use self::portable::digest;

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
