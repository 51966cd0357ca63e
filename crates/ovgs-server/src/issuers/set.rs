//! All issuers.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use ovgs_domain::Ien;
use thiserror::Error;

use super::{Issuer, IssuerState};

/// Issuers that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssuerSetError {
    /// Two issuers have one name.
    #[error("two issuers are named `{name}`; a name stands for one issuer in the journal")]
    SameName {
        /// The name.
        name: String,
    },
    /// Two active issuers serve one manufacturer.
    #[error("`{first}` and `{second}` are both active for the manufacturer {ien}; retire one of them")]
    TwoActive {
        /// The manufacturer.
        ien: Ien,
        /// One issuer.
        first: String,
        /// The other one.
        second: String,
    },
}

/// All issuers: at most one active one for each manufacturer, and the retired ones.
#[derive(Debug, Default)]
pub struct IssuerSet {
    issuers: Vec<Arc<Issuer>>,
    /// By manufacturer, the position of its active issuer.
    active: BTreeMap<Ien, usize>,
    /// By manufacturer, the keys of the roots that its devices trust, of active and retired issuers: a root that was
    /// renewed with its old key is another certificate, and vouchers lead to the one as well as to the other.
    roots: HashMap<Ien, HashSet<Vec<u8>>>,
}

impl IssuerSet {
    /// Takes issuers together.
    ///
    /// # Errors
    /// [`IssuerSetError`] if two share a name, or are active for one manufacturer.
    pub fn new(issuers: impl IntoIterator<Item = Issuer>) -> Result<IssuerSet, IssuerSetError> {
        let mut set = IssuerSet::default();
        for issuer in issuers {
            set.add(Arc::new(issuer))?;
        }
        Ok(set)
    }

    /// All of them, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Issuer>> {
        self.issuers.iter()
    }

    /// Whether some issuer, active or retired, serves a manufacturer.
    #[must_use]
    pub fn serves(&self, ien: Ien) -> bool {
        self.roots.contains_key(&ien)
    }

    /// The issuer that signs for a manufacturer.
    #[must_use]
    pub fn active(&self, ien: Ien) -> Option<&Arc<Issuer>> {
        self.issuers.get(*self.active.get(&ien)?)
    }

    /// The manufacturer's name, for people: of its active issuer, else of a retired one.
    #[must_use]
    pub fn manufacturer(&self, ien: Ien) -> Option<&str> {
        let retired = || self.issuers.iter().find(|issuer| issuer.iens().contains(&ien));
        self.active(ien).or_else(retired).map(|issuer| issuer.manufacturer())
    }

    /// Whether devices of two manufacturers trust a common root, so that a voucher for one could capture the other
    /// (RFC 8366 §5.3).
    #[must_use]
    pub fn share_root(&self, one: Ien, other: Ien) -> bool {
        match (self.roots.get(&one), self.roots.get(&other)) {
            (Some(one), Some(other)) => !one.is_disjoint(other),
            _ => false,
        }
    }

    /// The last second in which all active issuers can sign; `None` without any.
    #[must_use]
    pub fn not_after(&self) -> Option<DateTime<Utc>> {
        let active = self.issuers.iter().filter(|issuer| issuer.is_active());
        active.map(|issuer| issuer.chain().not_after()).min()
    }

    /// The same issuers, each going on from where its namesake stopped.
    pub(super) fn going_on_from(mut self, before: &IssuerSet) -> IssuerSet {
        for issuer in &mut self.issuers {
            if let Some(before) = before.issuers.iter().find(|before| before.name() == issuer.name()) {
                *issuer = Arc::new(Issuer::clone(issuer).going_on_from(before));
            }
        }
        self
    }

    fn add(&mut self, issuer: Arc<Issuer>) -> Result<(), IssuerSetError> {
        if self.issuers.iter().any(|other| other.name() == issuer.name()) {
            return Err(IssuerSetError::SameName { name: issuer.name().into() });
        }
        for ien in issuer.iens() {
            self.roots.entry(*ien).or_default().insert(issuer.chain().root().public_key_info().to_vec());
            if issuer.state() == IssuerState::Retired {
                continue;
            }
            if let Some(first) = self.active(*ien) {
                let (first, second) = (first.name().into(), issuer.name().into());
                return Err(IssuerSetError::TwoActive { ien: *ien, first, second });
            }
            self.active.insert(*ien, self.issuers.len());
        }
        self.issuers.push(issuer);
        Ok(())
    }
}
