//! Why a task of the vendor's was not done.

use std::fmt;

use ovgs_domain::{Excerpt, OrgId, User, Violation};
use ovgs_store::StoreError;
use thiserror::Error;

use super::{ColumnName, ImportError, Tally};
use crate::service::NotFound;

/// Why a task of the vendor's was not done. Each message says the way out, where there is one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProvisioningError {
    /// What is named is not there.
    #[error("{0}")]
    NotFound(NotFound),
    /// A rule stands against it.
    #[error("{0}")]
    Violation(Violation),
    /// The organization is there under another description.
    #[error("`{org}` exists {}", described(existing.as_ref()))]
    AnotherDescription {
        /// Which.
        org: Excerpt,
        /// What it is called; `None` if it has no description.
        existing: Option<Excerpt>,
    },
    /// The organization is not empty, or still referred to.
    #[error("`{org}` cannot be deleted: {remains}; remove these first, or force it, and they go with it")]
    OrgInUse {
        /// Which.
        org: Excerpt,
        /// What is left.
        remains: Remains,
    },
    /// Tokens are for registered users.
    #[error("`{}` is not registered; register it first", Excerpt::of(&user.to_string()))]
    NotRegistered {
        /// Who.
        user: Box<User>,
    },
    /// The token would end after the year 9999, where vouchers and tokens can say no time.
    #[error("the token would be good beyond the year 9999; give it a shorter time")]
    TokenTooLong,
    /// No such token.
    #[error("there is no token `{jti}`; list the tokens to see those there are")]
    UnknownToken {
        /// Its id, as given.
        jti: Excerpt,
    },
    /// There is no key for tokens here.
    #[error("this server issues no tokens of its own; set `tokens.signing_key`")]
    NoTokens,
    /// A fact of a part that cannot be.
    #[error("{column}: {reason}")]
    BadFact {
        /// Which.
        column: ColumnName,
        /// What is wrong, and the way out.
        reason: String,
    },
    /// The token cannot be signed.
    #[error("the token could not be signed; check the key of `tokens.signing_key`")]
    Unsigned(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// An import did not come to its end.
    #[error("the import broke off; the rows before were taken")]
    BrokenOff {
        /// What the rows before came to.
        tally: Tally,
        /// Why.
        #[source]
        why: Box<ProvisioningError>,
    },
    /// Others wrote first, again and again.
    #[error("others are changing the same thing; try again")]
    Contended,
    /// The store did not do it.
    #[error(transparent)]
    Store(StoreError),
}

impl ProvisioningError {
    pub(super) fn in_use(org: &OrgId, remains: Remains) -> ProvisioningError {
        ProvisioningError::OrgInUse { org: Excerpt::of(org.as_str()), remains }
    }
}

impl From<StoreError> for ProvisioningError {
    fn from(error: StoreError) -> ProvisioningError {
        match error {
            StoreError::Conflict => ProvisioningError::Contended,
            error => ProvisioningError::Store(error),
        }
    }
}

impl From<NotFound> for ProvisioningError {
    fn from(missing: NotFound) -> ProvisioningError {
        ProvisioningError::NotFound(missing)
    }
}

impl From<Violation> for ProvisioningError {
    fn from(violation: Violation) -> ProvisioningError {
        ProvisioningError::Violation(violation)
    }
}

fn described(existing: Option<&Excerpt>) -> String {
    match existing {
        Some(text) => {
            format!("with the description `{text}`; leave the description out, or use that one")
        }
        None => "without a description; leave it out".to_owned(),
    }
}

/// What keeps an organization from being deleted: its name must not inherit power.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    /// Groups below its root.
    pub groups: usize,
    /// Components.
    pub components: u64,
    /// Certificates.
    pub certificates: usize,
    /// Roles held in it.
    pub roles: usize,
    /// Registered users.
    pub users: usize,
    /// Other organizations in which its users hold roles.
    pub employers: Vec<OrgId>,
    /// Organizations with a group that is delegated to it.
    pub delegators: Vec<OrgId>,
}

impl Remains {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Remains::default()
    }
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |count: u64, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let named = |what: &str, orgs: &[OrgId]| {
            let first = Excerpt::of(orgs.first()?.as_str());
            let others = match orgs.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            Some(format!("{what} `{first}`{others}"))
        };
        let parts = [
            counted(self.groups as u64, "child group", "child groups"),
            counted(self.components, "component", "components"),
            counted(self.certificates as u64, "certificate", "certificates"),
            counted(self.roles as u64, "role", "roles"),
            counted(self.users as u64, "registered user", "registered users"),
            named("roles of its users in", &self.employers),
            named("delegations by", &self.delegators),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_keeps_an_organization_is_counted_and_named() {
        let org = |id: &str| OrgId::parse(id).expect("an organization id");
        let remains = Remains {
            groups: 1,
            components: 2,
            certificates: 1,
            roles: 3,
            users: 1,
            employers: vec![org("org-b"), org("org-c")],
            delegators: vec![org("org-d")],
        };
        assert_eq!(
            ProvisioningError::in_use(&org("org-a"), remains).to_string(),
            "`org-a` cannot be deleted: 1 child group, 2 components, 1 certificate, 3 roles, 1 registered user, \
             roles of its users in `org-b` and 1 more, delegations by `org-d`; remove these first, or \
             force it, and they go with it"
        );
    }
}
