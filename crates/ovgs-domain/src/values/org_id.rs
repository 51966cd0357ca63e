//! Organizations and whom a group may be delegated to.

use std::fmt;

use super::{
    Excerpt, GroupId,
    text::{ascii, text, trimmed_ascii},
};
use crate::Invalid;

text! {
    /// The id of an organization: `org-` and its name, 1..=124 characters of printable ASCII with no space at either end.
    OrgId
}

impl OrgId {
    const PREFIX: &'static str = "org-";

    /// Reads an organization's id.
    ///
    /// # Errors
    /// [`Invalid`] if prefix or name are missing or the name breaks the rule above.
    ///
    /// ```
    /// use ovgs_domain::OrgId;
    /// assert_eq!(OrgId::parse("org-acmeco")?.name(), "acmeco");
    /// assert!(OrgId::parse("acmeco").is_err());
    /// # Ok::<(), ovgs_domain::Invalid>(())
    /// ```
    pub fn parse(value: &str) -> Result<OrgId, Invalid> {
        ascii(value, Self::PREFIX.len() + 124)?;
        match value.strip_prefix(Self::PREFIX) {
            None | Some("") => Err(Invalid::NoOrgPrefix(Excerpt::of(value))),
            Some(name) => trimmed_ascii(name, 124).map(|_| OrgId(value.into())),
        }
    }

    /// The name, without the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.strip_prefix(Self::PREFIX).unwrap_or(&self.0)
    }

    /// The id of its root group.
    #[must_use]
    pub fn root(&self) -> GroupId {
        GroupId::root_of(self)
    }
}

/// To whom a group is delegated: one organization, or any (`*`).
///
/// Ordered as the texts are: `*` before every organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delegate {
    /// `*`: users of every organization may be given roles.
    Any,
    /// Users of this organization may be given roles.
    Org(OrgId),
}

impl Delegate {
    /// Reads `*` or an organization's id.
    ///
    /// # Errors
    /// [`Invalid`] if it is neither.
    pub fn parse(value: &str) -> Result<Delegate, Invalid> {
        if value == "*" { Ok(Delegate::Any) } else { OrgId::parse(value).map(Delegate::Org) }
    }

    /// `*` or the organization's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Delegate::Any => "*",
            Delegate::Org(org) => org.as_str(),
        }
    }

    /// Whether users of `org` are meant.
    #[must_use]
    pub fn covers(&self, org: &OrgId) -> bool {
        match self {
            Delegate::Any => true,
            Delegate::Org(delegate) => delegate == org,
        }
    }
}

impl fmt::Display for Delegate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
