//! Components, with a fault.

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, Ien, OrgId, SerialNumber, commands::Namesake};
use ovgs_store::{Correction, Inventory, Placement, Stamp, StoreError, Tally, Within};

use super::{Broken, Fault};

impl Broken {
    /// The id that a known component bears, whatever the case of its letters.
    async fn folded(&self, id: &ComponentId) -> Result<ComponentId, StoreError> {
        for serial in [id.serial_number.as_str().to_uppercase(), id.serial_number.as_str().to_lowercase()] {
            let Ok(serial_number) = SerialNumber::parse(&serial) else { continue };
            let other = ComponentId { serial_number, ..id.clone() };
            if let [Some(known)] = self.inner.components(std::slice::from_ref(&other)).await?.as_slice() {
                return Ok(known.id.clone());
            }
        }
        Ok(id.clone())
    }
}

#[async_trait]
impl Inventory for Broken {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let mut ids = ids.to_vec();
        match self.fault {
            Fault::FoldsCase => {
                for id in &mut ids {
                    *id = self.folded(id).await?;
                }
            }
            Fault::SortsAnswers => ids.sort(),
            _ => {}
        }
        self.inner.components(&ids).await
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        let known = if self.fault == Fault::ForgetsNamesakes { 1 } else { serials.len() };
        self.inner.namesakes(serials.get(..known).unwrap_or_default()).await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let skipped = usize::from(self.fault == Fault::SkipsAtPageEnds && after.is_some());
        let page = self.inner.components_in(within, after, limit.saturating_add(skipped)).await?;
        Ok(page.into_iter().skip(skipped).collect())
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        self.inner.tally(within, limit).await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let mut placement = placement.clone();
        if self.fault == Fault::PlacesBlindly {
            let known = self.inner.components(std::slice::from_ref(&placement.component)).await?;
            if let Some(component) = known.into_iter().flatten().next() {
                placement.from = component.group;
            }
        }
        self.inner.place(&placement, stamp).await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        if self.fault != Fault::IngestsPiecemeal {
            return self.inner.ingest(new, corrections, stamp).await;
        }
        for component in new {
            self.inner.ingest(std::slice::from_ref(component), &[], stamp).await?;
        }
        for correction in corrections {
            self.inner.ingest(&[], std::slice::from_ref(correction), stamp).await?;
        }
        Ok(())
    }

    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError> {
        self.inner.retire(component, org, stamp).await
    }

    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.inner.transfer(component, from, to, stamp).await
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        self.inner.iens().await
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        self.inner.refresh_statistics().await
    }
}
