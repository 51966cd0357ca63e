//! Signing: everything but the signature is prepared and assembled here; only the signer waits.

mod attributes;
mod chain;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod check;
#[cfg(feature = "aws-lc")]
mod file;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod key_file;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto", feature = "pkcs11"))]
mod passphrase;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto", feature = "pkcs11"))]
mod secret_file;
#[cfg(feature = "rustcrypto")]
mod rust_crypto;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod signer;
mod template;

#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::check::{Warning, check};
#[cfg(feature = "aws-lc")]
pub use self::file::FileSigner;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto", feature = "pkcs11"))]
pub use self::passphrase::Passphrase;
#[cfg(feature = "pkcs11")]
pub use self::pkcs11::{Pkcs11Key, Pkcs11Module, Pkcs11Modules, Pkcs11Signer};
#[cfg(feature = "rustcrypto")]
pub use self::rust_crypto::RustCryptoSigner;
pub use self::{
    attributes::SignedAttributes,
    chain::SigningChain,
    signer::{LocalSigner, VoucherSigner},
    template::{Prepared, Template},
};
