//! A key in a file, signing with aws-lc-rs.

use std::{fmt, fs::File, io::Read as _, path::Path};

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    },
};
use zeroize::Zeroizing;

use super::{LocalSigner, VoucherSigner};
use crate::{SetupError, SignatureAlgorithm, SignerError, pem};

/// The longest key file read, in octets; an RSA-4096 key in PEM takes some 3,300.
const LONGEST: u64 = 64 * 1024;

/// The labels of private keys in PEM: PKCS#8, SEC1, PKCS#1, and PKCS#8 under a passphrase.
const LABELS: [&str; 4] = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"];

/// A private key held in memory: P-256, P-384, or RSA of 2048 to 4096 bits.
pub struct FileSigner {
    key: Key,
    random: SystemRandom,
}

enum Key {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl FileSigner {
    /// Reads the key file at `path`, PEM or DER.
    ///
    /// # Errors
    /// [`SetupError::KeyFile`] if it cannot be read, [`SetupError::KeyFileOpen`] if anybody but its owner
    /// can, and the errors of [`from_bytes`](Self::from_bytes).
    pub fn load(path: &Path) -> Result<Self, SetupError> {
        let failed = |source| SetupError::KeyFile { path: path.display().to_string(), source };
        let file = File::open(path).map_err(failed)?;
        refuse_shared(&file, path)?;
        let mut octets = Zeroizing::new(Vec::new());
        file.take(LONGEST).read_to_end(&mut octets).map_err(failed)?;
        Self::from_bytes(&octets)
    }

    /// Takes a private key in PEM or DER, as PKCS#8, SEC1 or PKCS#1.
    ///
    /// # Errors
    /// [`SetupError::EncryptedKey`] for one under a passphrase, [`SetupError::KeySize`] for RSA outside
    /// 2048..=4096 bits, [`SetupError::Key`] for anything else that is not such a key.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, SetupError> {
        match std::str::from_utf8(octets) {
            Ok(text) if text.contains("-----BEGIN ") => Self::from_pem(text),
            _ => Self::from_der(octets),
        }
    }

    fn from_pem(text: &str) -> Result<Self, SetupError> {
        let sections = pem::sections(text).map_err(|_| SetupError::Key)?;
        let key = sections.iter().find(|section| LABELS.contains(&section.label)).ok_or(SetupError::Key)?;
        if key.is_encrypted() {
            return Err(SetupError::EncryptedKey);
        }
        let der = Zeroizing::new(key.octets().map_err(|_| SetupError::Key)?);
        Self::from_der(&der)
    }

    fn from_der(der: &[u8]) -> Result<Self, SetupError> {
        let p256 = || EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der).map(Key::P256);
        let p384 = || EcdsaKeyPair::from_private_key_der(&ECDSA_P384_SHA384_ASN1_SIGNING, der).map(Key::P384);
        let key = p256().or_else(|_| p384()).or_else(|_| rsa(der).map(Key::Rsa))?;
        Ok(Self { key, random: SystemRandom::new() })
    }
}

/// Reads PKCS#8 or PKCS#1.
fn rsa(der: &[u8]) -> Result<RsaKeyPair, SetupError> {
    let key = match (RsaKeyPair::from_pkcs8(der), RsaKeyPair::from_der(der)) {
        (Ok(key), _) | (_, Ok(key)) => key,
        // aws-lc-rs reads nothing shorter than 2048 bits, and says that it was this in the description alone.
        (Err(a), Err(b)) if [a, b].iter().any(|why| why.description_() == "TooSmall") => {
            return Err(SetupError::KeySize);
        }
        _ => return Err(SetupError::Key),
    };
    let bits = key.public_modulus_len() * 8;
    if (2048..=4096).contains(&bits) { Ok(key) } else { Err(SetupError::KeySize) }
}

#[async_trait]
impl VoucherSigner for FileSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        match self.key {
            Key::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Key::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
            Key::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.sign_now(message)
    }

    fn local(&self) -> Option<&dyn LocalSigner> {
        Some(self)
    }
}

impl LocalSigner for FileSigner {
    fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = match &self.key {
            Key::P256(key) | Key::P384(key) => key.sign(&self.random, message).map(|s| s.as_ref().to_vec()),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).map(|()| signature)
            }
        };
        signature.map_err(|source| SignerError::Failed {
            cause: "the key in memory did not sign".to_owned(),
            source: Some(Box::new(source)),
        })
    }
}

impl fmt::Debug for FileSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSigner").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// Asks the open file, not the path, so that nobody can swap it in between.
#[cfg(unix)]
fn refuse_shared(file: &File, path: &Path) -> Result<(), SetupError> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata =
        file.metadata().map_err(|source| SetupError::KeyFile { path: path.display().to_string(), source })?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(SetupError::KeyFileOpen { path: path.display().to_string(), mode })
    }
}

#[cfg(not(unix))]
fn refuse_shared(_: &File, _: &Path) -> Result<(), SetupError> {
    Ok(())
}
