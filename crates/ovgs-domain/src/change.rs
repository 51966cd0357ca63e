//! What happens to a tree.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{CertId, Delegate, Description, Fingerprint, GroupId, Role, User};

/// One step of an organization's tree. Commands make it, [`Org::apply`](crate::Org::apply) takes it, stores keep it.
///
/// Exhaustive on purpose: a new kind of step must break every place that has to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A group was made.
    GroupCreated {
        /// Its id.
        group: GroupId,
        /// Where it hangs.
        parent: GroupId,
        /// What people call it.
        description: Description,
    },
    /// An empty group was deleted, its delegation list with it.
    GroupDeleted {
        /// Its id.
        group: GroupId,
    },
    /// A group was delegated.
    DelegationAdded {
        /// Which group.
        group: GroupId,
        /// To whom.
        delegate: Delegate,
    },
    /// A delegation was taken back.
    DelegationRemoved {
        /// Which group.
        group: GroupId,
        /// From whom.
        delegate: Delegate,
    },
    /// A user got a role.
    RoleAdded {
        /// In which group.
        group: GroupId,
        /// Who.
        user: User,
        /// Which.
        role: Role,
    },
    /// A user lost its role.
    RoleRemoved {
        /// In which group.
        group: GroupId,
        /// Who.
        user: User,
    },
    /// A domain certificate was added.
    DomainCertCreated {
        /// In which group.
        group: GroupId,
        /// What the tree keeps of it.
        cert: DomainCert,
        /// The certificate itself, which the tree does not keep.
        der: Arc<[u8]>,
    },
    /// A domain certificate was deleted.
    DomainCertDeleted {
        /// In which group it was.
        group: GroupId,
        /// Which.
        cert: CertId,
    },
}

/// What the tree keeps of a domain certificate: all but its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainCert {
    /// Its id.
    pub id: CertId,
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// Whether devices shall check revocation (RFC 8366 §5.3, `domain-cert-revocation-checks`).
    pub revocation_checks: bool,
    /// Until when vouchers may pin it, to the microsecond.
    pub expiry_time: DateTime<Utc>,
    /// Its `notAfter`, to the second.
    pub not_after: DateTime<Utc>,
}
