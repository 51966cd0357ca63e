//! Signing: everything but the signature is prepared and assembled here; only the signer waits.

mod chain;
#[cfg(feature = "aws-lc")]
mod check;
#[cfg(feature = "aws-lc")]
mod file;
#[cfg(feature = "aws-lc")]
mod key_file;
#[cfg(feature = "aws-lc")]
mod passphrase;
#[cfg(feature = "aws-lc")]
mod secret_file;
mod signer;
mod template;

pub use self::{
    chain::SigningChain,
    signer::{LocalSigner, VoucherSigner},
    template::{Prepared, Template},
};
#[cfg(feature = "aws-lc")]
pub use self::{
    check::{Warning, check},
    file::FileSigner,
    passphrase::Passphrase,
};
