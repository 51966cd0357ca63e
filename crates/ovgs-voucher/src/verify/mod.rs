//! Judging vouchers, stricter than `openssl cms -verify` does.

mod anchors;
mod inspect;
#[cfg(feature = "aws-lc")]
pub(crate) mod judge;
mod note;
pub(crate) mod rules;
#[cfg(feature = "aws-lc")]
pub(crate) mod signer;

#[cfg(feature = "aws-lc")]
pub use self::judge::{Verified, VerifyOptions, verify};
pub use self::{
    anchors::TrustAnchors,
    inspect::{Inspection, SignerSummary, inspect},
    note::Note,
};
