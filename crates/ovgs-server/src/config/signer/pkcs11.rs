//! A key behind PKCS#11.

use std::{path::PathBuf, sync::Arc};

use ovgs_voucher::{Passphrase, Pkcs11Error, Pkcs11Modules, Pkcs11Signer, SetupError, VoucherSigner};
use serde::Deserialize;

use super::{SecretSource, lacking};
use crate::config::{problem::Problem, section::Section};

/// A private key in a module behind PKCS#11, such as an HSM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pkcs11Key {
    /// The module's library.
    pub module: PathBuf,
    /// The label of the token.
    pub token_label: String,
    /// The label of the private key, `CKA_LABEL`.
    pub key_label: String,
    /// The file whose first line is the user's PIN.
    pub pin_file: Option<PathBuf>,
    /// The environment variable that holds it.
    pub pin_env: Option<String>,
}

impl Pkcs11Key {
    /// Where the PIN is; `None` if that is not said.
    #[must_use]
    pub fn pin(&self) -> Option<SecretSource> {
        SecretSource::of(self.pin_file.as_ref(), self.pin_env.as_ref())
    }

    pub(in crate::config) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [Some(&mut self.module), self.pin_file.as_mut()].into_iter().flatten()
    }

    pub(super) fn broken(&self, section: &Section) -> Vec<Problem> {
        let values = [
            ("module", self.module.as_os_str().is_empty(), "name the library of the PKCS#11 module"),
            ("token_label", self.token_label.is_empty(), "give the label of the token that has the key"),
            ("key_label", self.key_label.is_empty(), "give the label of the private key"),
            (
                "pin_file",
                self.pin().is_none(),
                "name the file with the user's PIN, or a variable that holds it with `pin_env`",
            ),
        ];
        let mut problems: Vec<Problem> = lacking(section, values).collect();
        if self.pin_file.is_some() && self.pin_env.is_some() {
            let text = format!("`{0}.pin_file` and `{0}.pin_env` are both set; remove one", section.name);
            problems.push(section.place_of("pin_env").problem(text));
        }
        problems
    }
}

/// Opens the token and finds the key.
pub(super) async fn open(
    key: &Pkcs11Key,
    section: &Section,
    modules: &Pkcs11Modules,
) -> Result<Arc<dyn VoucherSigner>, Problem> {
    let section = section.table("pkcs11").unwrap_or(section);
    let at = |error| section.place_of(blamed(&error, key)).told_by(error);
    let mut address = ovgs_voucher::Pkcs11Key::new(&key.token_label, &key.key_label);
    if let Some(pin) = key.pin() {
        let pin = match pin {
            SecretSource::File(path) => Passphrase::from_file(&path),
            SecretSource::Env(name) => Passphrase::from_env(&name),
        };
        address = address.pin(pin.map_err(at)?);
    }
    let module = modules.open(&key.module).await.map_err(at)?;
    let signer = Pkcs11Signer::open(&module, address).await.map_err(at)?;
    Ok(Arc::new(signer))
}

/// The key of the section that is to blame.
fn blamed(error: &SetupError, key: &Pkcs11Key) -> &'static str {
    let pin = if key.pin_file.is_some() { "pin_file" } else { "pin_env" };
    match error {
        SetupError::Pkcs11(Pkcs11Error::Library { .. } | Pkcs11Error::LibraryInUse { .. }) => "module",
        SetupError::Pkcs11(Pkcs11Error::NoToken { .. } | Pkcs11Error::SeveralTokens { .. }) => "token_label",
        SetupError::Pkcs11(Pkcs11Error::Pin { .. }) => pin,
        SetupError::Pkcs11(_) => "key_label",
        _ => pin,
    }
}
