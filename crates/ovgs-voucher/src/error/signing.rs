//! Keys and chains that cannot be used, and signers that did not sign.

use std::{error::Error as StdError, io};

use thiserror::Error;

#[cfg(feature = "pkcs11")]
use super::Pkcs11Error;
use super::{ChainFault, Invalid, VerifyError};

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
    /// A key under a passphrase that was not given.
    #[error("the private key is encrypted; give its passphrase in a file or in the environment")]
    EncryptedKey,
    /// A key under a passphrase, but not as PKCS#8 with PBES2.
    #[error(
        "the private key is encrypted in a way that is not supported; \
         encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256`"
    )]
    EncryptedKeyForm,
    /// A passphrase, and nothing to open with it.
    #[error(
        "a passphrase is given, but the private key is not encrypted; encrypt it, or drop the passphrase"
    )]
    KeyNotEncrypted,
    /// The wrong passphrase, or a broken file.
    #[error("the passphrase does not open the private key; check both")]
    WrongPassphrase,
    /// The passphrase file cannot be read.
    #[error("passphrase file `{path}` cannot be read; check the path and its permissions")]
    PassphraseFile {
        /// Its path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner have a right to the passphrase file.
    #[error(
        "passphrase file `{path}` is open to others than its owner (mode {mode:04o}); run `chmod 600 {path}`"
    )]
    PassphraseFileOpen {
        /// Its path.
        path: String,
        /// Its permissions.
        mode: u32,
    },
    /// The passphrase is not in the environment.
    #[error("environment variable `{name}` holds no passphrase; set it, in UTF-8")]
    PassphraseVariable {
        /// Its name.
        name: String,
    },
    /// A passphrase of nothing.
    #[error("the passphrase is empty; give the one that opens the private key")]
    EmptyPassphrase,
    /// A key in a security module, or the way to it.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Pkcs11(#[from] Pkcs11Error),
    /// An RSA key for PSS alone, whose signatures known devices do not read.
    #[error(
        "the RSA key is for RSASSA-PSS alone, which devices in use cannot verify; make one without that restriction"
    )]
    PssKey,
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
    /// The trial voucher cannot be written.
    #[error("the trial voucher cannot be written: {0}; check the certificates and the clock")]
    TrialVoucher(Invalid),
    /// The trial voucher is not one that a device would take.
    #[error("the trial voucher is refused: {0}; have the signing certificates issued anew")]
    TrialRefused(VerifyError),
    /// The signer did not make the trial signature.
    #[error("the trial signature failed: {0}; check the signer")]
    Trial(SignerError),
}

impl From<ChainFault> for SetupError {
    fn from(fault: ChainFault) -> Self {
        Self::Chain { fault }
    }
}
