//! Everything that can be wrong, by who has to act on it.

mod chain;
#[cfg(feature = "aws-lc")]
mod device;
mod invalid;
mod signing;
mod verify;

#[cfg(feature = "aws-lc")]
pub use self::device::DeviceError;
pub use self::{
    chain::ChainFault,
    invalid::Invalid,
    signing::{IssueError, SetupError, SignerError},
    verify::VerifyError,
};
