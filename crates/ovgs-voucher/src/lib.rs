//! RFC 8366 ownership vouchers.

#![cfg_attr(
    not(feature = "aws-lc"),
    expect(dead_code, reason = "what only a verifier reads waits for a backend that verifies")
)]

mod algorithm;
mod certificate;
mod cms;
mod crypto;
mod echo;
mod error;
mod input;
mod oid;
#[cfg(feature = "aws-lc")]
mod path;
mod pem;
mod profile;
mod signing;
mod verify;
mod voucher;

pub use self::{
    algorithm::{KeyKind, SignatureAlgorithm},
    certificate::Certificate,
    error::{ChainFault, Invalid, IssueError, SetupError, SignerError, VerifyError},
    input::voucher_der,
    profile::Profile,
    signing::{LocalSigner, Prepared, SigningChain, Template, VoucherSigner},
    verify::{Inspection, Note, SignerSummary, TrustAnchors, inspect},
    voucher::{Assertion, IdevidIssuer, Leniency, PinnedCert, Voucher, VoucherBuilder},
};
#[cfg(feature = "aws-lc")]
pub use self::{
    signing::{FileSigner, Warning, check},
    verify::{Verified, VerifyOptions, verify},
};
