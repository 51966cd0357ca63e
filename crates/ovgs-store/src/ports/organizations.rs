use std::{fmt, sync::Arc};

use async_trait::async_trait;
use ovgs_domain::{CertId, Change, Description, GroupId, Org, OrgId, Revision, User};

use super::Stamp;
use crate::StoreError;

/// An organization in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgSummary {
    /// Which.
    pub id: OrgId,
    /// What people call it; may be empty.
    pub description: Description,
    /// At which revision its tree is.
    pub revision: Revision,
}

/// Trees of organizations: reads, and one conditional write.
///
/// Whose a group or a certificate is never changes while it exists, and a certificate's bytes never change under its
/// id, so readers may keep both.
#[async_trait]
pub trait Organizations: fmt::Debug + Send + Sync + 'static {
    /// The whole tree at its present revision; one consistent reading.
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError>;

    /// The present revision alone.
    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError>;

    /// The changes after a revision, in order and without a gap; applying them to the tree at `since` gives the
    /// present one. `None` if the organization is unknown, was never at `since`, or the changes are no longer all kept.
    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError>;

    /// Whose a group is, and the present revision of that tree.
    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError>;

    /// Whose a certificate is, and the present revision of that tree.
    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError>;

    /// In which organizations a user holds roles, in order, each with the present revision.
    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError>;

    /// The DER of a certificate.
    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError>;

    /// Takes one step, if the organization is still at `expected`: the tree, its next revision, the certificate's bytes
    /// if there are any, and the event with its stamp, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the tree moved or is gone, if the change deletes a group that has become non-empty
    /// (a component was placed there), if it names an organization that is unknown, or does not fit the tree.
    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError>;

    /// Creates an organization: its root group, at revision 0. `false` if there is one of that id, whatever its
    /// description; nothing is written then.
    ///
    /// Where one of that id was deleted before, the new one begins above every revision of the old one, so that nobody
    /// who kept the old tree takes it for the new one.
    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError>;

    /// Deletes an organization that has nothing but its root group and is still at `expected`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the tree moved or is gone, or while anything refers to the organization: groups,
    /// roles or certificates in it, components, registered users, roles its users hold anywhere, delegations to it.
    /// Its own delegations go with it.
    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError>;

    /// Organizations in order of their ids, from the first one after `after`, at most `limit`.
    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError>;

    /// The organizations with a group that lists exactly `delegate`, in order.
    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError>;

    /// The organizations in which users of `org` hold roles, in order; `org` itself may be among them.
    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError>;
}
