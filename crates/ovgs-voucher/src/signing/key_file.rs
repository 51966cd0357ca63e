//! Private keys as files hold them: PKCS#8, SEC1 or PKCS#1, in PEM or DER, PKCS#8 perhaps encrypted.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use der::{AnyRef, Decode as _, Reader as _, SliceReader, Tag};
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo, pkcs5};
use zeroize::Zeroizing;

use super::{
    Passphrase,
    secret_file::{self, Unread},
};
use crate::{SetupError, oid, pem};

/// The label of PKCS#8 under a passphrase.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The labels of private keys in PEM: PKCS#8, SEC1, PKCS#1, and PKCS#8 under a passphrase.
const LABELS: [&str; 4] = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", ENCRYPTED];

/// Reads a file that nobody but its owner may read.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let path_text = || path.display().to_string();
    secret_file::read(path).map_err(|unread| match unread {
        Unread::Failed(source) => SetupError::KeyFile { path: path_text(), source },
        Unread::Open { mode } => SetupError::KeyFileOpen { path: path_text(), mode },
    })
}

/// The DER of the key in `octets`, decrypted if it has to be.
pub(super) fn private_key(
    octets: &[u8],
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let der = match std::str::from_utf8(octets) {
        Ok(text) if text.contains("-----BEGIN ") => of_pem(text)?,
        _ => Zeroizing::new(octets.to_vec()),
    };
    let key = match (is_encrypted(&der), passphrase) {
        (true, Some(passphrase)) => decrypted(&der, passphrase)?,
        (true, None) => return Err(SetupError::EncryptedKey),
        (false, Some(_)) => return Err(SetupError::KeyNotEncrypted),
        (false, None) => der,
    };
    if is_for_pss(&key) { Err(SetupError::PssKey) } else { Ok(key) }
}

/// Whether a key in PKCS#8 says that it is for PSS alone (RFC 4055 §1.2).
fn is_for_pss(der: &[u8]) -> bool {
    PrivateKeyInfo::try_from(der).is_ok_and(|key| key.algorithm.oid == oid::RSA_PSS)
}

fn of_pem(text: &str) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let sections = pem::sections(text).map_err(|_| SetupError::Key)?;
    let key = sections.iter().find(|section| LABELS.contains(&section.label)).ok_or(SetupError::Key)?;
    // Header lines as in RFC 1421 §4.6.1.1: how OpenSSL encrypted keys before there was PKCS#8.
    if key.body().contains("ENCRYPTED") {
        return Err(SetupError::EncryptedKeyForm);
    }
    let mut bare = Zeroizing::new(Vec::with_capacity(key.body().len()));
    bare.extend(key.body().bytes().filter(|c| !c.is_ascii_whitespace()));
    STANDARD.decode(&*bare).map(Zeroizing::new).map_err(|_| SetupError::Key)
}

/// EncryptedPrivateKeyInfo begins with an algorithm (RFC 5958 §3), each of the others with a version.
fn is_encrypted(der: &[u8]) -> bool {
    let first = AnyRef::from_der(der).and_then(|outer| SliceReader::new(outer.value())?.peek_tag());
    first == Ok(Tag::Sequence)
}

fn decrypted(der: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let encrypted = EncryptedPrivateKeyInfo::try_from(der).map_err(|_| SetupError::EncryptedKeyForm)?;
    let key = encrypted.decrypt(passphrase.octets()).map_err(|error| match error {
        pkcs8::Error::EncryptedPrivateKey(
            pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport,
        ) => SetupError::EncryptedKeyForm,
        _ => SetupError::WrongPassphrase,
    })?;
    Ok(Zeroizing::new(key.as_bytes().to_vec()))
}
