//! A key in a file.

use std::{path::PathBuf, sync::Arc};

use ovgs_voucher::{FileSigner, Passphrase, SetupError, VoucherSigner};

use super::SecretSource;
use crate::config::{problem::Problem, section::Section};

/// A private key in a file.
#[derive(Clone, Debug)]
pub struct FileKey {
    /// The file, PEM or DER.
    pub path: PathBuf,
    /// What it is encrypted under.
    pub passphrase: Option<SecretSource>,
}

/// Reads the key.
pub(super) fn open(key: &FileKey, section: &Section) -> Result<Arc<dyn VoucherSigner>, Problem> {
    let (at, passphrase) = match &key.passphrase {
        None => ("key", None),
        Some(SecretSource::File(path)) => ("key_passphrase_file", Some(Passphrase::from_file(path))),
        Some(SecretSource::Env(name)) => ("key_passphrase_env", Some(Passphrase::from_env(name))),
    };
    let passphrase = passphrase.transpose().map_err(|error| section.place_of(at).told_by(error))?;
    let signer = match passphrase {
        None => FileSigner::load(&key.path),
        Some(passphrase) => FileSigner::load_encrypted(&key.path, &passphrase),
    };
    match signer {
        Ok(signer) => Ok(Arc::new(signer)),
        Err(error) => Err(unusable(key, at, section, error)),
    }
}

/// Why the key cannot be used, with its file.
fn unusable(key: &FileKey, passphrase_at: &str, section: &Section, error: SetupError) -> Problem {
    let shown = key.path.display();
    match error {
        SetupError::KeyFile { .. } | SetupError::KeyFileOpen { .. } => section.place_of("key").told_by(error),
        SetupError::EncryptedKey => section.place_of("key").problem(format!(
            "the key in `{shown}` is encrypted; say where its passphrase is with `{name}.key_passphrase_file` or `{name}.key_passphrase_env`",
            name = section.name
        )),
        SetupError::WrongPassphrase | SetupError::KeyNotEncrypted => {
            section.place_of(passphrase_at).problem(format!("`{shown}`: {error}")).because(error)
        }
        error => section.place_of("key").problem(format!("`{shown}`: {error}")).because(error),
    }
}
