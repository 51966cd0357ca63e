//! One `[[issuers]]`.

use std::{collections::BTreeSet, path::PathBuf};

use chrono::TimeDelta;
use ovgs_domain::Ien;
use ovgs_voucher::{Assertion, Profile};
use serde::Deserialize;

use super::{
    Pkcs11Key, RemoteKey, SignerConfig, fields,
    problem::Problem,
    section::Section,
    signer::{self, SignerKeys},
};

/// Who signs vouchers for some manufacturers.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Issuer {
    /// Its name, as the journal keeps it.
    pub name: String,
    /// The manufacturer's name for people; the issuer's name if it is left out.
    pub manufacturer: Option<String>,
    /// The manufacturers served.
    #[serde(deserialize_with = "fields::iens")]
    pub iens: BTreeSet<Ien>,
    /// Whether it still signs.
    pub state: IssuerState,
    /// The file of the private key, PEM or DER. An active issuer has this, or `pkcs11`, or `remote`.
    pub key: Option<PathBuf>,
    /// The file whose first line is the passphrase of the key.
    pub key_passphrase_file: Option<PathBuf>,
    /// The environment variable that holds the passphrase of the key.
    pub key_passphrase_env: Option<String>,
    /// The private key behind PKCS#11: `[issuers.pkcs11]`.
    #[serde(skip)]
    pub pkcs11: Option<Pkcs11Key>,
    /// The private key on another machine: `[issuers.remote]`.
    #[serde(skip)]
    pub remote: Option<RemoteKey>,
    /// The signing certificate and its chain up to the root, PEM.
    pub certificates: PathBuf,
    /// The kind of CMS object.
    #[serde(deserialize_with = "fields::profile")]
    pub profile: Profile,
    /// What vouchers say about the sale (RFC 8366 §5.3).
    #[serde(deserialize_with = "fields::assertion")]
    pub assertion: Assertion,
    /// How far before now `created-on` lies, for devices whose clock is behind; at most
    /// [`LONGEST_BACKDATE`](Issuer::LONGEST_BACKDATE).
    #[serde(deserialize_with = "fields::duration_or_zero")]
    pub created_on_backdate: TimeDelta,
    /// Whether vouchers have a `last-renewal-date`, equal to their `expires-on`.
    pub last_renewal_date: bool,
}

impl Issuer {
    /// The most that `created_on_backdate` may be.
    pub const LONGEST_BACKDATE: TimeDelta = TimeDelta::hours(1);

    pub(super) fn read(section: &Section, problems: &mut Vec<Problem>) -> Issuer {
        let mut issuer: Issuer = section.read_beside(&signer::TABLES, problems);
        issuer.pkcs11 = section.table("pkcs11").map(|table| table.read(problems));
        issuer.remote = section.table("remote").map(|table| table.read(problems));
        issuer
    }

    /// Where its private key is; `None` if that is not said, as an issuer that is retired need not.
    #[must_use]
    pub fn signer(&self) -> Option<SignerConfig> {
        self.signer_keys().config()
    }

    pub(super) fn signer_keys(&self) -> SignerKeys<'_> {
        SignerKeys {
            key: self.key.as_ref(),
            key_passphrase_file: self.key_passphrase_file.as_ref(),
            key_passphrase_env: self.key_passphrase_env.as_ref(),
            pkcs11: self.pkcs11.as_ref(),
            remote: self.remote.as_ref(),
        }
    }

    /// Every path in it.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let pkcs11 = self.pkcs11.iter_mut().flat_map(Pkcs11Key::paths);
        let remote = self.remote.iter_mut().flat_map(RemoteKey::paths);
        let files = [self.key.as_mut(), self.key_passphrase_file.as_mut(), Some(&mut self.certificates)];
        files.into_iter().flatten().chain(pkcs11).chain(remote)
    }

    /// The manufacturer's name for people.
    #[must_use]
    pub fn manufacturer(&self) -> &str {
        self.manufacturer.as_deref().unwrap_or(&self.name)
    }
}

impl Default for Issuer {
    fn default() -> Issuer {
        Issuer {
            name: String::new(),
            manufacturer: None,
            iens: BTreeSet::new(),
            state: IssuerState::Active,
            key: None,
            key_passphrase_file: None,
            key_passphrase_env: None,
            pkcs11: None,
            remote: None,
            certificates: PathBuf::new(),
            profile: Profile::Rfc8366,
            assertion: Assertion::Verified,
            created_on_backdate: TimeDelta::zero(),
            last_renewal_date: false,
        }
    }
}

/// Whether an issuer still signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssuerState {
    /// It signs.
    #[default]
    Active,
    /// It signs no more; its parts are still served, its root stays trusted.
    Retired,
}
