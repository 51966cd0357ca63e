//! Looking into the journal.

use futures_util::StreamExt;
use ovgs_domain::{ComponentId, OrgId};
use ovgs_store::{EventFilter, JournaledVoucher, Position, RecordedEvent, VoucherFilter};

use super::{
    Provisioning, ProvisioningError,
    lists::{PAGE, Rows, rows},
};
use crate::service::NotFound;

impl Provisioning {
    /// Refuses an organization that neither is there nor stands in the journal, which outlives it, before a list of what
    /// the journal says of it.
    ///
    /// # Errors
    /// [`NotFound::Org`].
    pub async fn journaled_org(&self, org: Option<&OrgId>) -> Result<(), ProvisioningError> {
        let missing = match self.known_org(org).await {
            Err(missing @ ProvisioningError::NotFound(NotFound::Org(_))) => missing,
            known => return known,
        };
        let events = EventFilter { org: org.cloned(), ..EventFilter::default() };
        let vouchers = VoucherFilter { org: org.cloned(), ..VoucherFilter::default() };
        let stands = self.events(events).next().await.transpose()?.is_some()
            || self.vouchers(vouchers).next().await.transpose()?.is_some();
        if stands { Ok(()) } else { Err(missing) }
    }

    /// Changes as they were made, the oldest first.
    pub fn events(&self, filter: EventFilter) -> Rows<'static, RecordedEvent> {
        let guarded = self.guarded.clone();
        let fetch = move |after: Option<Position>| {
            let (guarded, filter) = (guarded.clone(), filter.clone());
            async move { guarded.events(&filter, after, PAGE).await }
        };
        rows(fetch, |event| event.position)
    }

    /// Vouchers as they were issued, the oldest first.
    pub fn vouchers(&self, filter: VoucherFilter) -> Rows<'static, JournaledVoucher> {
        let guarded = self.guarded.clone();
        let fetch = move |after: Option<Position>| {
            let (guarded, filter) = (guarded.clone(), filter.clone());
            async move { guarded.vouchers(&filter, after, PAGE).await }
        };
        rows(fetch, |voucher| voucher.position)
    }

    /// The vouchers of a part that are still valid, whoever it belonged to when they were issued.
    pub fn valid_vouchers(&self, component: &ComponentId) -> Rows<'static, JournaledVoucher> {
        self.vouchers(VoucherFilter {
            component: Some(component.clone()),
            valid_after: Some(self.clock.now()),
            ..VoucherFilter::default()
        })
    }
}
