//! Everything that can be wrong, by who has to act on it.

mod chain;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod device;
mod invalid;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod signing;
mod verify;

#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::device::DeviceError;
#[cfg(feature = "pkcs11")]
pub use self::pkcs11::Pkcs11Error;
pub use self::{
    chain::ChainFault,
    invalid::Invalid,
    signing::{IssueError, SetupError, SignerError},
    verify::VerifyError,
};
