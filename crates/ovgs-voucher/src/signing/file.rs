//! A key in a file, signing with aws-lc-rs.

use std::{fmt, path::Path};

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256,
    },
};

use super::{LocalSigner, Passphrase, VoucherSigner, key_file};
use crate::{SetupError, SignatureAlgorithm, SignerError};

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
        Self::from_bytes(&key_file::read(path)?)
    }

    /// As [`load`](Self::load), for a key encrypted under `passphrase`.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) and of [`from_encrypted_bytes`](Self::from_encrypted_bytes).
    pub fn load_encrypted(path: &Path, passphrase: &Passphrase) -> Result<Self, SetupError> {
        Self::from_encrypted_bytes(&key_file::read(path)?, passphrase)
    }

    /// Takes a private key in PEM or DER, as PKCS#8, SEC1 or PKCS#1.
    ///
    /// # Errors
    /// [`SetupError::EncryptedKey`] for one under a passphrase, [`SetupError::KeySize`] for RSA outside
    /// 2048..=4096 bits, [`SetupError::PssKey`] for RSA for PSS alone, [`SetupError::Key`] for anything else
    /// that is not such a key.
    pub fn from_bytes(octets: &[u8]) -> Result<Self, SetupError> {
        Self::from_der(&key_file::private_key(octets, None)?)
    }

    /// Takes a private key in PEM or DER, as PKCS#8 encrypted under `passphrase` with PBES2: PBKDF2 or scrypt,
    /// and AES.
    ///
    /// # Errors
    /// [`SetupError::WrongPassphrase`], [`SetupError::EncryptedKeyForm`] for other ways to encrypt,
    /// [`SetupError::KeyNotEncrypted`] for a key that needs no passphrase, and those of
    /// [`from_bytes`](Self::from_bytes).
    pub fn from_encrypted_bytes(octets: &[u8], passphrase: &Passphrase) -> Result<Self, SetupError> {
        Self::from_der(&key_file::private_key(octets, Some(passphrase))?)
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
