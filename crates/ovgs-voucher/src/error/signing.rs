//! Keys and chains that cannot be used, and signers that did not sign.

use std::{error::Error as StdError, io};

use thiserror::Error;

use super::{ChainFault, Invalid};

/// A signer did not sign.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// It could not be asked; later it may be.
    #[error("the voucher signer is out of reach: {cause}")]
    OutOfReach {
        /// What happened, in words, without secrets.
        cause: String,
        /// The error underneath.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// It was asked and did not sign; asking again will not help.
    #[error("the voucher signer failed: {cause}")]
    Failed {
        /// What happened, in words, without secrets.
        cause: String,
        /// The error underneath.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

/// A voucher was not issued.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The voucher cannot be written.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// A signing key or its certificates cannot be used. Each message says the way out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The key file cannot be read.
    #[error("key file `{path}` cannot be read; check the path and its permissions")]
    KeyFile {
        /// Its path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner have a right to the key file.
    #[error("key file `{path}` is open to others than its owner (mode {mode:04o}); run `chmod 600 {path}`")]
    KeyFileOpen {
        /// Its path.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// Not a key that can be used.
    #[error(
        "not a private key this signer can use; give P-256, P-384 or RSA as PKCS#8, SEC1 or PKCS#1, in PEM or DER"
    )]
    Key,
    /// A key under a passphrase.
    #[error("the private key is encrypted, which is not supported; decrypt it with `openssl pkey`")]
    EncryptedKey,
    /// RSA, too short or too long.
    #[error("the RSA key is not of 2048 to 4096 bits; make one of 3072")]
    KeySize,
    /// The certificate file is none.
    #[error("the signing certificates cannot be read: {0}; give PEM, the signing certificate first")]
    Certificates(Invalid),
    /// There is nothing to sign under.
    #[error("there is no signing certificate; give it in PEM, its issuers after it")]
    NoCertificate,
    /// The chain has no root.
    #[error(
        "the issuer of `{subject}` is missing from the chain; add the certificate of `{issuer}`, up to the root"
    )]
    IncompleteChain {
        /// The last certificate there is.
        subject: String,
        /// The one to add.
        issuer: String,
    },
    /// The chain has too much.
    #[error("`{subject}` is no issuer of the signing certificate; take it out of the chain")]
    StrayCertificate {
        /// Whose certificate it is.
        subject: String,
    },
    /// The chain does not hold.
    #[error("{fault}; {}", fault.way_out())]
    Chain {
        /// Where and why.
        fault: ChainFault,
    },
    /// A CA key must not sign vouchers.
    #[error("signing certificate `{subject}` is a CA; issue one with CA:FALSE")]
    SignerIsCa {
        /// Whose certificate it is.
        subject: String,
    },
    /// RFC 5280 §4.2.1.3.
    #[error(
        "signing certificate `{subject}` is not for signatures; issue one with key usage digitalSignature"
    )]
    NoDigitalSignature {
        /// Whose certificate it is.
        subject: String,
    },
    /// `openssl cms -verify` would refuse the vouchers.
    #[error(
        "the extended key usage of `{subject}` keeps verifiers from accepting vouchers; \
         issue one without, or with emailProtection"
    )]
    ExtendedKeyUsage {
        /// Whose certificate it is.
        subject: String,
    },
    /// Key and certificate are no pair.
    #[error(
        "the signer's key is not the one in certificate `{subject}`; configure the two that belong together"
    )]
    KeyMismatch {
        /// Whose certificate it is.
        subject: String,
    },
    /// The signer did not make the trial signature.
    #[error("the trial signature failed: {0}; check the signer")]
    Trial(SignerError),
}

impl From<ChainFault> for SetupError {
    fn from(fault: ChainFault) -> Self {
        Self::Chain { fault }
    }
}
