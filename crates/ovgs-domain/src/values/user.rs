//! Users.

use std::fmt;

use super::{
    Excerpt, OrgId,
    text::{printable, text},
};
use crate::Invalid;

text! {
    /// A user's name within its organization and type: 1..=256 characters.
    Username
}

impl Username {
    /// Reads a username.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=256 printable characters.
    pub fn parse(value: &str) -> Result<Username, Invalid> {
        printable(value, 256).map(|v| Username(v.into()))
    }
}

/// Whether a person or a program is meant. Part of a user's identity (RFC 9068 §5: the names may collide).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserType {
    /// A person.
    User,
    /// A program.
    ServiceAccount,
}

impl UserType {
    /// The name as the command line, tokens and the journal write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            UserType::User => "user",
            UserType::ServiceAccount => "service-account",
        }
    }

    /// Reads what [`UserType::as_str`] writes.
    ///
    /// # Errors
    /// [`Invalid::UnknownName`] for anything else.
    pub fn parse(value: &str) -> Result<UserType, Invalid> {
        match value {
            "user" => Ok(UserType::User),
            "service-account" => Ok(UserType::ServiceAccount),
            _ => Err(Invalid::UnknownName { value: Excerpt::of(value), known: "user, service-account" }),
        }
    }
}

impl fmt::Display for UserType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user: the tuple of organization, name and type. Two users differ if any of the three does.
///
/// Ordered by `(org, username, user_type)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User {
    /// The organization it belongs to.
    pub org: OrgId,
    /// Its name there.
    pub username: Username,
    /// Person or program.
    pub user_type: UserType,
}

impl User {
    /// Reads what `Display` writes: `ORG_ID/user/NAME` or `ORG_ID/service-account/NAME`, split at the first type there is.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    ///
    /// ```
    /// use ovgs_domain::User;
    /// let erp = User::parse("org-vendor/service-account/erp")?;
    /// assert_eq!(erp.to_string(), "org-vendor/service-account/erp");
    /// assert!(User::parse("erp").is_err());
    /// # Ok::<(), ovgs_domain::Invalid>(())
    /// ```
    pub fn parse(value: &str) -> Result<User, Invalid> {
        let split = |user_type: UserType| {
            let between = format!("/{user_type}/");
            let at = value.find(&between)?;
            Some((at, user_type, between.len()))
        };
        let first = [UserType::User, UserType::ServiceAccount]
            .into_iter()
            .filter_map(split)
            .min_by_key(|(at, ..)| *at);
        let (at, user_type, length) = first.ok_or_else(|| Invalid::NotUser(Excerpt::of(value)))?;
        let (org, rest) = value.split_at(at);
        let username = rest.get(length..).unwrap_or_default();
        Ok(User { org: OrgId::parse(org)?, username: Username::parse(username)?, user_type })
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.org, self.user_type, self.username)
    }
}
