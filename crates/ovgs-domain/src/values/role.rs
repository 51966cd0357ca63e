//! Roles.

use std::fmt;

use super::Excerpt;
use crate::Invalid;

/// What a user may do in a group and everything below it, from the least to the most privileged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads, and obtains vouchers.
    Requestor,
    /// Moves components and keeps certificates as well.
    Assigner,
    /// Makes groups and gives roles as well.
    Admin,
    /// The vendor's own; only on root groups.
    Support,
}

impl Role {
    /// Every role, from the least to the most privileged.
    pub const ALL: [Role; 4] = [Role::Requestor, Role::Assigner, Role::Admin, Role::Support];

    /// The name as the command line and the journal write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Requestor => "requestor",
            Role::Assigner => "assigner",
            Role::Admin => "admin",
            Role::Support => "support",
        }
    }

    /// Reads what [`Role::as_str`] writes.
    ///
    /// # Errors
    /// [`Invalid::UnknownName`] for anything else.
    pub fn parse(value: &str) -> Result<Role, Invalid> {
        Role::ALL.into_iter().find(|role| role.as_str() == value).ok_or_else(|| Invalid::UnknownName {
            value: Excerpt::of(value),
            known: "requestor, assigner, admin, support",
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().to_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn roles_are_ordered_from_least_to_most_privileged() {
        assert!(Role::Requestor < Role::Assigner);
        assert!(Role::Assigner < Role::Admin);
        assert!(Role::Admin < Role::Support);
        assert!(Role::ALL.is_sorted());
    }
}
