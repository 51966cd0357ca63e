//! Why a signer elsewhere did not sign.

use ovgs_voucher::SignerError;

/// Why a signer elsewhere did not sign, for everybody who waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rpc) enum Fault {
    /// It cannot be asked now, or cannot sign now.
    Away(String),
    /// It will not sign this.
    Refused(String),
}

impl From<Fault> for SignerError {
    fn from(fault: Fault) -> SignerError {
        match fault {
            Fault::Away(cause) => SignerError::OutOfReach { cause, source: None },
            Fault::Refused(cause) => SignerError::Failed { cause, source: None },
        }
    }
}
