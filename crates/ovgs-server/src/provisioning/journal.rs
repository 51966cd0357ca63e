//! Looking into the journal.

use ovgs_domain::ComponentId;
use ovgs_store::{EventFilter, JournaledVoucher, Position, RecordedEvent, VoucherFilter};

use super::{
    Provisioning,
    lists::{PAGE, Rows, rows},
};

impl Provisioning {
    /// Changes as they were made, the oldest first.
    pub fn events(&self, filter: EventFilter) -> Rows<'_, RecordedEvent> {
        let fetch = move |after: Option<Position>| {
            let filter = filter.clone();
            async move { self.guarded.events(&filter, after, PAGE).await }
        };
        rows(fetch, |event| event.position)
    }

    /// Vouchers as they were issued, the oldest first.
    pub fn vouchers(&self, filter: VoucherFilter) -> Rows<'_, JournaledVoucher> {
        let fetch = move |after: Option<Position>| {
            let filter = filter.clone();
            async move { self.guarded.vouchers(&filter, after, PAGE).await }
        };
        rows(fetch, |voucher| voucher.position)
    }

    /// The vouchers of a part that are still valid, whoever it belonged to when they were issued.
    pub fn valid_vouchers(&self, component: &ComponentId) -> Rows<'_, JournaledVoucher> {
        self.vouchers(VoucherFilter {
            component: Some(component.clone()),
            valid_after: Some(self.clock.now()),
            ..VoucherFilter::default()
        })
    }
}
