//! Everything that can be wrong, by who has to act on it.

mod chain;
mod invalid;
mod signing;
mod verify;

pub use self::{
    chain::ChainFault,
    invalid::Invalid,
    signing::{IssueError, SetupError, SignerError},
    verify::VerifyError,
};
