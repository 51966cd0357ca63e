//! One `[[issuers]]`.

use std::{collections::BTreeSet, path::PathBuf};

use chrono::TimeDelta;
use ovgs_domain::Ien;
use ovgs_voucher::{Assertion, Profile};
use serde::Deserialize;

use super::fields;

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
    /// The private key, PEM; a retired issuer needs none.
    pub key: Option<PathBuf>,
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
