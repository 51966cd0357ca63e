//! Opaque ids and descriptions.

use super::text::{ascii, printable, text};
use crate::{Invalid, OrgId};

text! {
    /// The id of a group: 1..=128 characters of printable ASCII, opaque to callers.
    ///
    /// A root group bears the id of its organization; the others are `group-` and a UUID of version 4.
    GroupId
}

text! {
    /// The id of a domain certificate: 1..=128 characters of printable ASCII; ours are `cert-` and a UUID of version 4.
    CertId
}

text! {
    /// What people call a group: 1..=256 characters. Only a root's may be empty.
    Description
}

impl GroupId {
    /// Reads a group id.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=128 characters of printable ASCII.
    pub fn parse(value: &str) -> Result<GroupId, Invalid> {
        ascii(value, 128).map(|v| GroupId(v.into()))
    }

    /// The root group of an organization, which has the same text as the organization's id.
    #[must_use]
    pub fn root_of(org: &OrgId) -> GroupId {
        GroupId(org.as_str().into())
    }
}

impl CertId {
    /// Reads a certificate id.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=128 characters of printable ASCII.
    pub fn parse(value: &str) -> Result<CertId, Invalid> {
        ascii(value, 128).map(|v| CertId(v.into()))
    }
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// [`Invalid`] unless it is 1..=256 printable characters.
    pub fn parse(value: &str) -> Result<Description, Invalid> {
        printable(value, 256).map(|v| Description(v.into()))
    }

    /// Reads the description of an organization, which may be empty.
    ///
    /// # Errors
    /// [`Invalid`] unless it is at most 256 printable characters.
    pub fn parse_or_empty(value: &str) -> Result<Description, Invalid> {
        if value.is_empty() { Ok(Description("".into())) } else { Description::parse(value) }
    }
}
