//! The signer.

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::{
    Pkcs11Key, Pkcs11Module,
    access::Access,
    fault::{Fault, Remedy},
    key::Identity,
};
use crate::{SetupError, SignatureAlgorithm, SignerError, VoucherSigner};

/// A private key on a token behind a PKCS#11 library: P-256, P-384, or RSA of 2048 to 4096 bits, whichever the
/// token says it is.
///
/// It needs tokio, with its timer: calls into the library block, and are made on the threads that tokio has for
/// this. Up to eight sessions are open at once, fewer where the token takes fewer, and are used again.
///
/// # When the token is away
/// A signature takes eight seconds at most; one that does not get so far is [`SignerError::OutOfReach`]. After a
/// failure the library is initialized anew, once a second at most and never while any call into it is under
/// way, because some libraries show a token that was away as gone until then. So signatures succeed again soon
/// after the token is back, wherever its slot is now. It must hold the same key: another one, for which devices
/// would not take the vouchers, is refused until the signer is opened anew.
///
/// A PIN that the token refuses is not tried a second time, for tokens lock themselves.
///
/// A call that hangs inside the library cannot be ended by anybody, and a tokio runtime waits for it when it is
/// dropped: end yours with `shutdown_timeout`.
pub struct Pkcs11Signer {
    access: Arc<Access>,
    key: Identity,
}

impl Pkcs11Signer {
    /// Looks for `key` in `module`, logs in, and learns what the key is.
    ///
    /// # Errors
    /// [`SetupError::Pkcs11`] if the token or the key is not there or several are, the token refuses the PIN, or
    /// the key is of no kind for vouchers; the message names token, slot and key.
    pub async fn open(module: &Pkcs11Module, key: Pkcs11Key) -> Result<Self, SetupError> {
        let (access, key) = Access::open(module, key).await.map_err(|fault| fault.error)?;
        Ok(Self { access, key })
    }

    /// The DER of the key's SubjectPublicKeyInfo, to have a certificate issued for. `None` for an elliptic key
    /// whose public half the token does not have.
    #[must_use]
    pub fn public_key(&self) -> Option<&[u8]> {
        self.key.public_key.as_deref()
    }
}

#[async_trait]
impl VoucherSigner for Pkcs11Signer {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.access.sign(message).await.map_err(SignerError::from)
    }
}

impl From<Fault> for SignerError {
    fn from(fault: Fault) -> Self {
        let (cause, source) = fault.error.into_parts();
        match fault.remedy {
            Remedy::Restart | Remedy::Wait => Self::OutOfReach { cause, source },
            Remedy::Nothing => Self::Failed { cause, source },
        }
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer").field("access", &self.access).finish_non_exhaustive()
    }
}
