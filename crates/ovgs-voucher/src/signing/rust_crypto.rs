//! A key in a file, signing with the crates of RustCrypto.

use std::{fmt, path::Path};

use async_trait::async_trait;
use p256::ecdsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _};
use pkcs8::DecodePrivateKey as _;
use rsa::{
    RsaPrivateKey, pkcs1::DecodeRsaPrivateKey as _, pkcs1v15, rand_core::OsRng, traits::PublicKeyParts as _,
};
use sha2::Sha256;

use super::{LocalSigner, Passphrase, VoucherSigner, key_file};
use crate::{SetupError, SignatureAlgorithm, SignerError};

/// A private key held in memory: P-256, P-384, or RSA of 2048 to 4096 bits. It needs no C compiler to build,
/// and takes several times as long to sign as `FileSigner` with aws-lc-rs.
///
/// # RSA keys and RUSTSEC-2023-0071
/// The `rsa` crate does not compute with private keys in constant time, so whoever can measure very many
/// operations very precisely may learn something of the key (the Marvin attack). That attack is on decryption
/// of messages that the attacker chose. A voucher's signed attributes hold a digest that no caller chooses
/// octet by octet, and every signature here is blinded with fresh random numbers, which hides from the
/// exponentiation what it works on; the advisory counts that as making an attack harder, not as a remedy. Take
/// an elliptic key where you can, and aws-lc-rs for RSA keys of a service that strangers can call.
pub struct RustCryptoSigner {
    key: Key,
}

enum Key {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(Box<pkcs1v15::SigningKey<Sha256>>),
}

impl RustCryptoSigner {
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
        let p256 = || {
            let key = p256::SecretKey::from_pkcs8_der(der).ok();
            key.or_else(|| p256::SecretKey::from_sec1_der(der).ok()).map(|key| Key::P256(key.into()))
        };
        let p384 = || {
            let key = p384::SecretKey::from_pkcs8_der(der).ok();
            key.or_else(|| p384::SecretKey::from_sec1_der(der).ok()).map(|key| Key::P384(key.into()))
        };
        let key = p256().or_else(p384).map_or_else(|| rsa(der), Ok)?;
        Ok(Self { key })
    }
}

/// Reads PKCS#8 or PKCS#1.
fn rsa(der: &[u8]) -> Result<Key, SetupError> {
    let key = RsaPrivateKey::from_pkcs8_der(der).ok();
    let key = key.or_else(|| RsaPrivateKey::from_pkcs1_der(der).ok()).ok_or(SetupError::Key)?;
    if (2048..=4096).contains(&key.n().bits()) {
        Ok(Key::Rsa(Box::new(pkcs1v15::SigningKey::new(key))))
    } else {
        Err(SetupError::KeySize)
    }
}

#[async_trait]
impl VoucherSigner for RustCryptoSigner {
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

impl LocalSigner for RustCryptoSigner {
    fn sign_now(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let signature = match &self.key {
            Key::P256(key) => {
                key.try_sign(message).map(|signature: p256::ecdsa::DerSignature| signature.to_vec())
            }
            Key::P384(key) => {
                key.try_sign(message).map(|signature: p384::ecdsa::DerSignature| signature.to_vec())
            }
            Key::Rsa(key) => key.try_sign_with_rng(&mut OsRng, message).map(|signature| signature.to_vec()),
        };
        signature.map_err(|source| SignerError::Failed {
            cause: "the key in memory did not sign".to_owned(),
            source: Some(Box::new(source)),
        })
    }
}

impl fmt::Debug for RustCryptoSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RustCryptoSigner").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
