//! How much memory a tree takes, about: so that whoever keeps trees can keep within a bound.

use super::{Group, Org, way::Way};
use crate::{CertId, Delegate, Description, DomainCert, GroupId, Role, User};

/// What the allocator and the slack of maps add to every record.
const SLACK: usize = 64;

/// The tree as such.
pub(super) const TREE: usize = size_of::<Org>() + SLACK;

impl Org {
    /// About how many octets of memory the tree takes, not counting what it shares with other trees as shared.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets
    }
}

/// A group, its way up, its place among all groups and its place in its parent.
pub(super) fn group(id: &GroupId, description: &Description) -> usize {
    let places = size_of::<(GroupId, usize)>() + size_of::<(Description, GroupId)>();
    size_of::<Group>() + size_of::<Way>() + places + SLACK + id.as_str().len() + description.as_str().len()
}

/// A role, in its group and among those of its user.
pub(super) fn member(user: &User) -> usize {
    let places = size_of::<(User, Role)>() + size_of::<(GroupId, Role)>() + size_of::<(User, usize)>();
    places + SLACK + user.org.as_str().len() + user.username.as_str().len()
}

/// A delegation.
pub(super) fn delegate(delegate: &Delegate) -> usize {
    let text = match delegate {
        Delegate::Any => 0,
        Delegate::Org(org) => org.as_str().len(),
    };
    size_of::<Delegate>() + SLACK + text
}

/// What the tree knows of a certificate, and where it is.
pub(super) fn cert(cert: &DomainCert) -> usize {
    let places = size_of::<(CertId, DomainCert)>() + size_of::<(CertId, GroupId)>();
    places + SLACK + cert.id.as_str().len()
}
