//! What is shown of organizations and parts.

use ovgs_domain::{Component, Delegate, Description, OrgId, Role, User};

/// An organization, as the vendor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgDetails {
    /// Which.
    pub id: OrgId,
    /// What people call it; may be empty.
    pub description: Description,
    /// Its groups, the root included.
    pub groups: usize,
    /// Its components.
    pub components: u64,
    /// Its certificates, in all groups.
    pub certificates: usize,
    /// Its registered users.
    pub registered_users: usize,
    /// Who holds a role in its root group, in order.
    pub users: Vec<(User, Role)>,
    /// To whom its root group is delegated, in order.
    pub delegates: Vec<Delegate>,
}

/// A part, as the vendor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDetails {
    /// The part.
    pub component: Component,
    /// The manufacturer's name for people; `None` if no issuer serves it.
    pub manufacturer: Option<String>,
}
