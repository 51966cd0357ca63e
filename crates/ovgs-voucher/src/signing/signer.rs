//! The port to whatever holds the private key.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{SignatureAlgorithm, SignerError};

/// Something that signs vouchers: a key in a file, a module behind PKCS#11, a service elsewhere.
///
/// A signer of one's own, and a voucher by it:
///
/// ```
/// use ovgs_voucher::{
///     Assertion, PinnedCert, Profile, SignatureAlgorithm, SignerError, SigningChain, Template, Voucher,
///     VoucherSigner,
/// };
///
/// /// Asks a machine in the next room.
/// #[derive(Debug)]
/// struct NextRoom {
/// #   key: rcgen::KeyPair,
///     // an address, credentials, …
/// }
///
/// # impl NextRoom {
/// #     async fn ask(&self, message: &[u8]) -> Result<Vec<u8>, std::io::Error> {
/// #         rcgen::SigningKey::sign(&self.key, message).map_err(std::io::Error::other)
/// #     }
/// # }
/// #[async_trait::async_trait]
/// impl VoucherSigner for NextRoom {
///     fn algorithm(&self) -> SignatureAlgorithm {
///         SignatureAlgorithm::EcdsaP256Sha256
///     }
///
///     async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
///         self.ask(message).await.map_err(|error| SignerError::OutOfReach {
///             cause: "the machine in the next room does not answer".to_owned(),
///             source: Some(Box::new(error)),
///         })
///     }
/// }
///
/// # use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
/// # let mut root = CertificateParams::default();
/// # root.distinguished_name.push(DnType::CommonName, "Voucher Root");
/// # root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
/// # let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
/// # let signer = NextRoom { key: KeyPair::generate()? };
/// # let chain_pem = CertificateParams::default().signed_by(&signer.key, &root)?.pem() + &root.pem();
/// # let domain_certificate = root.der().to_vec();
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let chain = SigningChain::from_pem(chain_pem.as_bytes())?;
/// let template = Template::new(&chain, Profile::Rfc8366, signer.algorithm())?;
/// let pinned = PinnedCert::from_der(domain_certificate)?;
/// let voucher =
///     Voucher::builder("2026-11-21T20:33:03Z".parse()?, Assertion::Verified, "ABC101", pinned).build()?;
/// let der = template.issue(&voucher, &signer).await?;
/// # assert_eq!(ovgs_voucher::inspect(&der)?.faults.len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
