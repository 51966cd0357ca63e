//! Components, with a fault.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use ovgs_domain::{Component, ComponentId, Ien, OrgId, SerialNumber, commands::Namesake};
use ovgs_store::{Correction, Inventory, Placement, Stamp, StoreError, Tally, Within};

use super::{Broken, Fault};

/// A text that sorts as if lower case came before upper case.
fn turned(text: &str) -> String {
    let turn = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(turn).collect()
}

impl Broken {
    async fn component(&self, id: &ComponentId) -> Result<Option<Component>, StoreError> {
        Ok(self.inner.components(std::slice::from_ref(id)).await?.into_iter().flatten().next())
    }

    /// The id that a known component bears, whatever the case of its letters.
    async fn folded(&self, id: &ComponentId) -> Result<ComponentId, StoreError> {
        for serial in [id.serial_number.as_str().to_uppercase(), id.serial_number.as_str().to_lowercase()] {
            let Ok(serial_number) = SerialNumber::parse(&serial) else { continue };
            if let Some(known) = self.component(&ComponentId { serial_number, ..id.clone() }).await? {
                return Ok(known.id);
            }
        }
        Ok(id.clone())
    }

    /// Where a component is taken from, or why it is not moved.
    async fn placement(&self, placement: &Placement) -> Result<Placement, StoreError> {
        let mut placement = placement.clone();
        let Some(known) = self.component(&placement.component).await? else { return Ok(placement) };
        match self.fault {
            Fault::TakesOutBlindly if placement.to.is_none() => placement.from = known.group,
            Fault::PlacesInRoots if placement.to == Some(placement.org.root()) => placement.to = None,
            Fault::PlacesTooLate if placement.from == known.group => {
                self.dawdle().await;
                let known = self.component(&placement.component).await?;
                placement.from = known.and_then(|known| known.group);
            }
            _ => {}
        }
        Ok(placement)
    }

    async fn move_to(
        &self,
        component: &Component,
        to: Option<ovgs_domain::GroupId>,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let Some(known) = self.component(&component.id).await? else { return Ok(()) };
        let placement = Placement { component: known.id, org: known.org, from: known.group, to };
        self.inner.place(&placement, stamp).await
    }
}

#[async_trait]
impl Inventory for Broken {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let mut ids = ids.to_vec();
        match self.fault {
            Fault::FoldsSerials => {
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
        let known = if self.has(Fault::ForgetsNamesakes) { 1 } else { serials.len() };
        self.inner.namesakes(serials.get(..known).unwrap_or_default()).await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let limit = if self.has(Fault::BoundsPages) { limit.min(1000) } else { limit };
        let mut skipped = 0;
        if let (Fault::LosesItsPlace, Some(after)) = (self.fault, after) {
            skipped = usize::from(self.component(after).await?.is_none());
        }
        let page = self.inner.components_in(within, after, limit.saturating_add(skipped)).await?;
        let mut page: Vec<Component> = page.into_iter().skip(skipped).collect();
        if self.has(Fault::SortsLowerFirst) {
            page.sort_by_key(|found| (found.id.ien.to_string(), turned(found.id.serial_number.as_str())));
        }
        Ok(page)
    }

    fn listing<'a>(
        &'a self,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
        self.notes.listed.store(true, Ordering::SeqCst);
        let after = after.filter(|_| !self.has(Fault::ListsFromTheStart));
        self.inner.listing(within, after)
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        let limit = if self.has(Fault::CountsBeyond) { u64::MAX } else { limit };
        self.inner.tally(within, limit).await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let answer = self.inner.place(&self.placement(placement).await?, stamp).await;
        if answer.is_err()
            && self.has(Fault::RecordsRefusals)
            && let Some(Component { id, org, facts, .. }) = self.component(&placement.component).await?
        {
            // An update that changes nothing leaves its event all the same.
            self.inner.ingest(&[], &[Correction { component: id, org, facts }], stamp).await?;
        }
        answer
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        if self.has(Fault::IngestsPiecemeal) {
            for component in new {
                self.inner.ingest(std::slice::from_ref(component), &[], stamp).await?;
            }
            for correction in corrections {
                self.inner.ingest(&[], std::slice::from_ref(correction), stamp).await?;
            }
            return Ok(());
        }
        self.inner.ingest(new, corrections, stamp).await?;
        for component in new.iter().filter(|new| self.has(Fault::KeepsGivenGroups) && new.group.is_some()) {
            self.move_to(component, component.group.clone(), stamp).await?;
        }
        for correction in corrections.iter().filter(|_| self.has(Fault::CorrectsGroups)) {
            let known = self.component(&correction.component).await?;
            if let Some(known) = known.filter(|known| known.group.is_some()) {
                self.move_to(&known, None, stamp).await?;
            }
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
        let mut iens = self.inner.iens().await?;
        if self.has(Fault::SortsNumbers) {
            iens.sort_by_key(|ien| ien.number());
        }
        Ok(iens)
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        self.inner.refresh_statistics().await
    }
}
