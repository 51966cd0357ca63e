//! Vouchers and events.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{IssuedVoucher, floor_to_micros};

use super::MemoryStore;
use crate::{EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, StoreError, VoucherFilter};

#[async_trait]
impl Journal for MemoryStore {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        self.state().vouchers.extend(vouchers.iter().map(floored));
        Ok(())
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        let state = self.state();
        let admitted = positioned(&state.vouchers, after).filter(|(_, voucher)| filter.admits(voucher));
        let journaled = |(position, voucher): (_, &IssuedVoucher)| JournaledVoucher {
            position,
            voucher: voucher.clone(),
        };
        Ok(admitted.take(limit).map(journaled).collect())
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let state = self.state();
        let admitted =
            positioned(&state.events, after).filter(|(_, (stamp, event))| filter.admits(stamp, event));
        let recorded = admitted.take(limit).map(|(position, (stamp, event))| RecordedEvent {
            position,
            stamp: stamp.clone(),
            event: event.clone(),
        });
        Ok(recorded.collect())
    }
}

/// The records after a position; the first of all stands at 1.
fn positioned<T>(records: &[T], after: Option<Position>) -> impl Iterator<Item = (Position, &T)> {
    let known = after.map_or(0, |after| usize::try_from(after.0).unwrap_or(0));
    (1..).map(Position).zip(records).skip(known)
}

fn floored(voucher: &IssuedVoucher) -> IssuedVoucher {
    let floor = |time: DateTime<Utc>| floor_to_micros(time);
    IssuedVoucher {
        at: floor(voucher.at),
        created_on: floor(voucher.created_on),
        expires_on: voucher.expires_on.map(floor),
        ..voucher.clone()
    }
}
