//! Judging vouchers, stricter than `openssl cms -verify` does.

mod anchors;
mod inspect;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub(crate) mod judge;
mod note;
pub(crate) mod rules;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub(crate) mod signer;

#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::judge::{Verified, VerifyOptions, verify};
pub use self::{
    anchors::TrustAnchors,
    inspect::{Inspection, SignerSummary, inspect},
    note::Note,
};
