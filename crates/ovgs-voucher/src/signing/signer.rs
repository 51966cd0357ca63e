//! The port to whatever holds the private key.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{SignatureAlgorithm, SignerError};

/// Something that signs vouchers: a key in a file, a module behind PKCS#11, a service elsewhere.
///
/// ```
/// use ovgs_voucher::{SignatureAlgorithm, SignerError, VoucherSigner};
///
/// /// A signer for the drawing board: its service does not stand yet.
/// #[derive(Debug)]
/// struct Unbuilt;
///
/// #[async_trait::async_trait]
/// impl VoucherSigner for Unbuilt {
///     fn algorithm(&self) -> SignatureAlgorithm {
///         SignatureAlgorithm::EcdsaP256Sha256
///     }
///     async fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, SignerError> {
///         Err(SignerError::OutOfReach { cause: "the signing service does not stand yet".to_owned(), source: None })
///     }
/// }
/// ```
#[async_trait]
pub trait VoucherSigner: Debug + Send + Sync + 'static {
    /// The algorithm of every signature this signer makes. It never changes.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs `message` itself, not a digest somebody else made of it. The signature's form is the
    /// algorithm's.
    ///
    /// # Errors
    /// [`SignerError::OutOfReach`] where trying again later may help, [`SignerError::Failed`] where it will
    /// not.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;

    /// The same signer without waiting, if the key is in this process: then a batch can be signed on all
    /// cores, off the threads that run async tasks.
    fn local(&self) -> Option<&dyn LocalSigner> {
        None
    }
}

/// A signer that never waits.
pub trait LocalSigner: Debug + Send + Sync {
    /// Signs `message`, as [`VoucherSigner::sign`] does.
    ///
    /// # Errors
    /// [`SignerError::Failed`] if the key refuses.
    fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}
