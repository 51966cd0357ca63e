//! A key behind PKCS#11.

use std::{path::PathBuf, sync::Arc};

use ovgs_voucher::VoucherSigner;
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
#[expect(clippy::unused_async, reason = "finding a key waits for the token")]
pub(super) async fn open(_: &Pkcs11Key, section: &Section) -> Result<Arc<dyn VoucherSigner>, Problem> {
    Err(section.place.problem("keys behind PKCS#11 are not built into this program; use a key file"))
}
