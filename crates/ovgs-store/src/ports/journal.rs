use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{CertId, ComponentId, Event, IssuedVoucher, OrgId, User};

use super::Stamp;
use crate::StoreError;

/// Where a record stands in its part of the journal; later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

/// Which vouchers are asked for; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoucherFilter {
    /// Issued for components of this organization (at that time).
    pub org: Option<OrgId>,
    /// Issued for this component.
    pub component: Option<ComponentId>,
    /// That pin this domain certificate.
    pub cert: Option<CertId>,
    /// Issued at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// That expire after this time, or never.
    pub valid_after: Option<DateTime<Utc>>,
}

/// A voucher in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournaledVoucher {
    /// Where it stands.
    pub position: Position,
    /// The record.
    pub voucher: IssuedVoucher,
}

/// Which events are asked for; every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this organization.
    pub org: Option<OrgId>,
    /// That speak of this user, or that it wrote.
    pub user: Option<User>,
    /// That speak of this component.
    pub component: Option<ComponentId>,
    /// Written at this time or later.
    pub since: Option<DateTime<Utc>>,
}

/// An event in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Where it stands.
    pub position: Position,
    /// Who wrote it, and when.
    pub stamp: Stamp,
    /// What happened.
    pub event: Event,
}

/// The record of everything that left the service or changed it. It outlives what it speaks of.
///
/// Events are written by the ports whose writes they tell of; vouchers are appended here.
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Appends records of vouchers, all or none. Durable once it returns. Concurrent calls may share a transaction.
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError>;

    /// Vouchers in the order they were appended, from the first one after `after`, at most `limit`.
    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError>;

    /// Events in the order they were written, from the first one after `after`, at most `limit`.
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError>;
}
