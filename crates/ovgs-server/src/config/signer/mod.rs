//! Where the private key of a voucher signer is: in a file, behind PKCS#11, or on another machine.
//!
//! Whatever signs has the same five keys in its section, and `SignerKeys` reads them: an issuer, and the service that
//! signs for others.

mod file;
mod pkcs11;
mod remote;

use std::{path::PathBuf, sync::Arc};

use ovgs_voucher::{Certificate, Pkcs11Modules, VoucherSigner};

pub use self::{file::FileKey, pkcs11::Pkcs11Key, remote::RemoteKey};
use super::{problem::Problem, section::Section};

/// Where a private key is.
#[derive(Clone, Debug)]
pub enum SignerConfig {
    /// In a file.
    File(FileKey),
    /// In a module behind PKCS#11.
    Pkcs11(Pkcs11Key),
    /// On another machine, which signs when it is asked.
    Remote(RemoteKey),
}

impl SignerConfig {
    /// The key, or the section within, that says where it is.
    pub(super) fn key(&self) -> &'static str {
        match self {
            SignerConfig::File(_) => "key",
            SignerConfig::Pkcs11(_) => "pkcs11",
            SignerConfig::Remote(_) => "remote",
        }
    }

    /// Opens the signer, whose key is meant to be the one in `certificate`; one behind PKCS#11 through these modules.
    ///
    /// # Errors
    /// [`Problem`] at the key of the section that is to blame.
    pub(super) async fn open(
        &self,
        section: &Section,
        certificate: &Certificate,
        modules: &Pkcs11Modules,
    ) -> Result<Arc<dyn VoucherSigner>, Problem> {
        match self {
            SignerConfig::File(key) => file::open(key, section),
            SignerConfig::Pkcs11(key) => pkcs11::open(key, section, modules).await,
            SignerConfig::Remote(key) => remote::open(key, section, certificate).await,
        }
    }
}

/// Where a short secret is, such as a passphrase; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In the first line of a file that is its owner's alone.
    File(PathBuf),
    /// In the environment variable of this name.
    Env(String),
}

impl SecretSource {
    /// The one that is given, the file before the variable.
    fn of(file: Option<&PathBuf>, variable: Option<&String>) -> Option<SecretSource> {
        let variable = || variable.map(|name| SecretSource::Env(name.clone()));
        file.map(|path| SecretSource::File(path.clone())).or_else(variable)
    }
}

/// The values of a section that say where its private key is, as they were given.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignerKeys<'a> {
    pub(super) key: Option<&'a PathBuf>,
    pub(super) key_passphrase_file: Option<&'a PathBuf>,
    pub(super) key_passphrase_env: Option<&'a String>,
    pub(super) pkcs11: Option<&'a Pkcs11Key>,
    pub(super) remote: Option<&'a RemoteKey>,
}

/// The sections that may stand within the section of whatever signs.
pub(super) const TABLES: [&str; 2] = ["pkcs11", "remote"];

impl SignerKeys<'_> {
    /// Where the private key is; `None` if that is not said.
    pub(super) fn config(self) -> Option<SignerConfig> {
        let passphrase = SecretSource::of(self.key_passphrase_file, self.key_passphrase_env);
        let file = self.key.map(|path| SignerConfig::File(FileKey { path: path.clone(), passphrase }));
        let pkcs11 = || self.pkcs11.map(|key| SignerConfig::Pkcs11(key.clone()));
        let remote = || self.remote.map(|key| SignerConfig::Remote(key.clone()));
        file.or_else(pkcs11).or_else(remote)
    }

    /// What is wrong with them. That there is none of the three is not asked here.
    pub(super) fn broken(self, section: &Section) -> Vec<Problem> {
        let mut problems = self.several(section);
        problems.extend(self.passphrase(section));
        let table = |name: &str| section.table(name).unwrap_or(section);
        problems.extend(self.pkcs11.into_iter().flat_map(|key| key.broken(table("pkcs11"))));
        problems.extend(self.remote.into_iter().flat_map(|key| key.broken(table("remote"))));
        problems
    }

    fn several(self, section: &Section) -> Vec<Problem> {
        let given = [
            ("key", self.key.is_some()),
            ("pkcs11", self.pkcs11.is_some()),
            ("remote", self.remote.is_some()),
        ];
        let mut given = given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name));
        let Some(first) = given.next() else { return Vec::new() };
        let name = &section.name;
        let text =
            |other| format!("`{name}.{first}` and `{name}.{other}` both say where the key is; remove one");
        given.map(|other| section.place_of(other).problem(text(other))).collect()
    }

    fn passphrase(self, section: &Section) -> Option<Problem> {
        let name = &section.name;
        let given = match (self.key_passphrase_file, self.key_passphrase_env) {
            (Some(_), Some(_)) => {
                let text = format!(
                    "`{name}.key_passphrase_file` and `{name}.key_passphrase_env` are both set; remove one"
                );
                return Some(section.place_of("key_passphrase_env").problem(text));
            }
            (Some(_), None) => "key_passphrase_file",
            (None, Some(_)) => "key_passphrase_env",
            (None, None) => return None,
        };
        let text = format!(
            "`{name}.{given}` is the passphrase of a key file; set `{name}.key` as well, or remove it"
        );
        self.key.is_none().then(|| section.place_of(given).problem(text))
    }
}

/// Values that must be given and are not, or are empty: each with whether it is lacking, and what to write.
fn lacking<'a>(
    section: &'a Section,
    values: impl IntoIterator<Item = (&'a str, bool, &'a str)>,
) -> impl Iterator<Item = Problem> {
    let lacking = values.into_iter().filter(|(_, is_lacking, _)| *is_lacking);
    lacking.map(|(key, _, what)| {
        section.place_of(key).problem(format!("`{}.{key}` is missing; {what}", section.name))
    })
}
