//! What calls do all the time, and what moves millions of rows.

use std::fmt;

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, IssuedVoucher};

use crate::{Correction, Located, Placement, Stamp, StoreError, Within};

/// An engine's own way to do it, where it has a faster one than statements for all engines. Each is the ports' function of
/// that name.
#[async_trait]
pub(super) trait Traffic: fmt::Debug + Send + Sync + 'static {
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError>;

    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError>;

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError>;

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError>;

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError>;

    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError>;
}
