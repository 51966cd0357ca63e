//! Signing: everything but the signature is prepared and assembled here; only the signer waits.

mod chain;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod check;
#[cfg(feature = "aws-lc")]
mod file;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod key_file;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod passphrase;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod secret_file;
#[cfg(feature = "rustcrypto")]
mod rust_crypto;
mod signer;
mod template;

#[cfg(feature = "aws-lc")]
pub use self::file::FileSigner;
#[cfg(feature = "rustcrypto")]
pub use self::rust_crypto::RustCryptoSigner;
pub use self::{
    chain::SigningChain,
    signer::{LocalSigner, VoucherSigner},
    template::{Prepared, Template},
};
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::{
    check::{Warning, check},
    passphrase::Passphrase,
};
