//! Everything that can be wrong, by who has to act on it.

mod chain;
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
mod device;
mod invalid;
mod signing;
mod verify;

#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
pub use self::device::DeviceError;
pub use self::{
    chain::ChainFault,
    invalid::Invalid,
    signing::{IssueError, SetupError, SignerError},
    verify::VerifyError,
};
