//! The journal, with a fault.

use async_trait::async_trait;
use chrono::{DateTime, Timelike, Utc};
use ovgs_domain::{Event, IssuedVoucher};
use ovgs_store::{
    EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, StoreError, VoucherFilter,
};

use super::{Broken, Fault};

/// The position some records further, so that they are skipped.
fn beyond(after: Option<Position>, skipped: i64) -> Option<Position> {
    after.map(|after| Position(after.0.saturating_add(skipped)))
}

fn floor_to_millis(time: DateTime<Utc>) -> DateTime<Utc> {
    time.with_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000).unwrap_or(time)
}

#[async_trait]
impl Journal for Broken {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        let mut kept = vouchers.to_vec();
        if self.has(Fault::CutsTimes) {
            for voucher in &mut kept {
                voucher.created_on = floor_to_millis(voucher.created_on);
            }
        }
        if self.has(Fault::DropsDuplicates) {
            let known = self.inner.vouchers(&VoucherFilter::default(), None, usize::MAX).await?;
            let mut known: Vec<IssuedVoucher> = known.into_iter().map(|known| known.voucher).collect();
            kept.retain(|new| {
                let is_new = !known.contains(new);
                known.push(new.clone());
                is_new
            });
        }
        self.inner.append(&kept).await
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        let mut filter = filter.clone();
        if self.has(Fault::IgnoresValidity) {
            filter.valid_after = None;
        }
        let after = if self.has(Fault::SkipsVouchers) { beyond(after, 2) } else { after };
        self.inner.vouchers(&filter, after, limit).await
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut filter = filter.clone();
        if self.has(Fault::IgnoresUsers) {
            filter.user = None;
        }
        let after = if self.has(Fault::SkipsEvents) { beyond(after, 1) } else { after };
        let mut events = self.inner.events(&filter, after, limit).await?;
        if self.has(Fault::ForgetsRetirements) {
            events.retain(|found| !matches!(found.event, Event::ComponentRetired { .. }));
        }
        Ok(events)
    }
}
