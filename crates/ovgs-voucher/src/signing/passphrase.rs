//! Passphrases of encrypted key files, and PINs of tokens.

use std::{env, fmt, path::Path};

use zeroize::Zeroizing;

use super::secret_file::{self, Unread};
use crate::SetupError;

/// The passphrase of a key file, or the PIN of a token. It is wiped from memory when it is dropped, and never shown.
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes a passphrase as it is.
    ///
    /// # Errors
    /// [`SetupError::EmptyPassphrase`].
    pub fn new(octets: impl Into<Vec<u8>>) -> Result<Self, SetupError> {
        let octets = Zeroizing::new(octets.into());
        if octets.is_empty() { Err(SetupError::EmptyPassphrase) } else { Ok(Self(octets)) }
    }

    /// Reads the first line of the file at `path`, without its end.
    ///
    /// # Errors
    /// [`SetupError::PassphraseFile`] if it cannot be read, [`SetupError::PassphraseFileOpen`] if anybody but
    /// its owner can, [`SetupError::EmptyPassphrase`] if the line is empty.
    pub fn from_file(path: &Path) -> Result<Self, SetupError> {
        let path_text = || path.display().to_string();
        let octets = secret_file::read(path).map_err(|unread| match unread {
            Unread::Failed(source) => SetupError::PassphraseFile { path: path_text(), source },
            Unread::Open { mode } => SetupError::PassphraseFileOpen { path: path_text(), mode },
        })?;
        let line = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
        Self::new(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Takes the passphrase from the environment variable `name`.
    ///
    /// # Errors
    /// [`SetupError::PassphraseVariable`] if it is not set or not UTF-8, [`SetupError::EmptyPassphrase`] if it
    /// is empty.
    pub fn from_env(name: &str) -> Result<Self, SetupError> {
        match env::var(name) {
            Ok(text) => Self::new(text),
            Err(_) => Err(SetupError::PassphraseVariable { name: name.to_owned() }),
        }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}
