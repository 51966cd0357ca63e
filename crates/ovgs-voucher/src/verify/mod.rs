//! Judging vouchers, stricter than `openssl cms -verify` does.

mod anchors;
mod inspect;
#[cfg(feature = "aws-lc")]
mod judge;
mod note;
mod rules;
#[cfg(feature = "aws-lc")]
mod signer;

#[cfg(feature = "aws-lc")]
pub use self::judge::{Verified, VerifyOptions, verify};
pub use self::{
    anchors::TrustAnchors,
    inspect::{Inspection, SignerSummary, inspect},
    note::Note,
};
