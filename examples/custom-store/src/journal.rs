//! The journal.

use async_trait::async_trait;
use ovgs_domain::{IssuedVoucher, floor_to_micros};
use ovgs_store::{
    EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, StoreError, VoucherFilter, json::Json,
};

use crate::{
    RedbStore,
    tables::{EVENTS, Go, Rows, VOUCHERS, next_number, number, put},
};

#[async_trait]
impl Journal for RedbStore {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        if vouchers.is_empty() {
            return Ok(());
        }
        let vouchers: Vec<IssuedVoucher> = vouchers.iter().map(floored).collect();
        self.write(move |tx| {
            let first = next_number(tx, VOUCHERS)?;
            let mut numbered = (first..).zip(&vouchers);
            numbered.try_for_each(|(at, voucher)| put(tx, VOUCHERS, &number(at), &voucher.to_json()?))
        })
        .await
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        let (filter, after) = (filter.clone(), after.map(key));
        self.read(move |tx| {
            let mut found = Vec::new();
            tx.visit(VOUCHERS, "", after.as_deref(), &mut |at, json| {
                if found.len() == limit {
                    return Ok(Go::Enough);
                }
                let voucher = IssuedVoucher::from_json(json)?;
                if filter.admits(&voucher) {
                    found.push(JournaledVoucher { position: position(at)?, voucher });
                }
                Ok(Go::On)
            })?;
            Ok(found)
        })
        .await
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let (filter, after) = (filter.clone(), after.map(key));
        self.read(move |tx| {
            let mut found = Vec::new();
            tx.visit(EVENTS, "", after.as_deref(), &mut |_, json| {
                if found.len() == limit {
                    return Ok(Go::Enough);
                }
                let recorded = RecordedEvent::from_json(json)?;
                if filter.admits(&recorded.stamp, &recorded.event) {
                    found.push(recorded);
                }
                Ok(Go::On)
            })?;
            Ok(found)
        })
        .await
    }
}

/// What is before the first position is before everything.
fn key(position: Position) -> String {
    number(u64::try_from(position.0).unwrap_or(0))
}

fn position(key: &str) -> Result<Position, StoreError> {
    key.parse().map(Position).map_err(|error| StoreError::corrupt("a position", error))
}

fn floored(voucher: &IssuedVoucher) -> IssuedVoucher {
    IssuedVoucher {
        at: floor_to_micros(voucher.at),
        created_on: floor_to_micros(voucher.created_on),
        expires_on: voucher.expires_on.map(floor_to_micros),
        ..voucher.clone()
    }
}
