//! The journal, with a fault.

use async_trait::async_trait;
use ovgs_domain::{IssuedVoucher, floor_to_seconds};
use ovgs_store::{
    EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, StoreError, VoucherFilter,
};

use super::{Broken, Fault};

#[async_trait]
impl Journal for Broken {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        let mut vouchers = vouchers.to_vec();
        match self.fault {
            Fault::LosesVouchers => vouchers.truncate(1),
            Fault::CutsTimes => {
                for voucher in &mut vouchers {
                    voucher.created_on = floor_to_seconds(voucher.created_on);
                }
            }
            _ => {}
        }
        self.inner.append(&vouchers).await
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        self.inner.vouchers(filter, after, limit).await
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut filter = filter.clone();
        if self.fault == Fault::IgnoresUsers {
            filter.user = None;
        }
        self.inner.events(&filter, after, limit).await
    }
}
