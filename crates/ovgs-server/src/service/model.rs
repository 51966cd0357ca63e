//! What goes into the use cases and what comes out, in domain types.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use ovgs_domain::{CertId, ComponentId, Delegate, Description, Facts, GroupId, Role, User};

use super::terms::{Batch, Lifetime};

/// What GetGroup shows, as far as the caller may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDetails {
    /// Which group.
    pub id: GroupId,
    /// What people call it; a root's may be empty.
    pub description: Description,
    /// Its certificates, in order.
    pub cert_ids: Vec<CertId>,
    /// The components directly in it, for a root all of the organization's, in order. Empty if they were left out
    /// (`compat.truncate_group_components`).
    pub components: Vec<ComponentId>,
    /// The users with a role in this very group, in order.
    pub users: Vec<(User, Role)>,
    /// Its direct children, in order.
    pub child_group_ids: Vec<GroupId>,
    /// To whom it is delegated, with the groups that say so.
    pub delegated_orgs: BTreeMap<Delegate, Vec<GroupId>>,
}

/// What GetSerial shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialDetails {
    /// Which component.
    pub id: ComponentId,
    /// The groups it is in, as far as the caller may see them: its own first, then the root.
    pub group_ids: Arc<[GroupId]>,
    /// What the manufacturer knows of it.
    pub facts: Facts,
}

/// What GetDomainCert shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainCertDetails {
    /// Which certificate.
    pub id: CertId,
    /// In which group it is.
    pub group: GroupId,
    /// The DER exactly as it was given.
    pub der: Arc<[u8]>,
    /// Whether devices shall check revocation.
    pub revocation_checks: bool,
    /// Until when vouchers may pin it.
    pub expiry_time: DateTime<Utc>,
}

/// An order of GetOwnershipVoucher.
#[derive(Clone, Debug)]
pub struct VoucherOrder {
    /// For which component.
    pub component: ComponentId,
    /// Which certificate it shall pin.
    pub cert: CertId,
    /// Until when it shall be good.
    pub lifetime: Lifetime,
}

/// An order of GetOwnershipVouchers.
#[derive(Clone, Debug)]
pub struct VoucherBatch {
    /// For which components.
    pub components: Batch<ComponentId>,
    /// Which certificate the vouchers shall pin.
    pub cert: CertId,
    /// Until when they shall be good.
    pub lifetime: Lifetime,
}

/// A voucher as it leaves the service: its journal record is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedVoucher {
    /// The DER CMS object.
    pub cms: Vec<u8>,
    /// What the manufacturer knows of the component.
    pub facts: Facts,
}
