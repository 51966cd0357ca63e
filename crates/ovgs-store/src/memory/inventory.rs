//! Components.

use std::collections::BTreeSet;

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, Event, GroupId, Ien, OrgId, SerialNumber, commands::Namesake};

use super::{MemoryStore, State};
use crate::{Correction, Inventory, Placement, Stamp, StoreError, Tally, Within};

#[async_trait]
impl Inventory for MemoryStore {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let state = self.state();
        Ok(ids.iter().map(|id| state.parts.find(id).cloned()).collect())
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        let state = self.state();
        let serials: BTreeSet<&SerialNumber> = serials.iter().collect();
        let named = serials.into_iter().flat_map(|serial| state.parts.namesakes(serial));
        let namesake = |component: &Component| Namesake {
            id: component.id.clone(),
            idevid_issuer: component.facts.idevid_issuer.clone(),
        };
        Ok(named.map(namesake).collect())
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let state = self.state();
        Ok(state.within(within, after).take(limit).cloned().collect())
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        let state = self.state();
        let counted = state.within(within, None).take(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(counted.fold(Tally::default(), |tally, component| {
            let octets = component.id.ien.to_string().len() + component.id.serial_number.as_str().len();
            Tally { components: tally.components + 1, id_octets: tally.id_octets + octets as u64 }
        }))
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let Placement { component: id, org, from, to } = placement;
        let mut state = self.state();
        let mut component = state.owned(id, org)?;
        if component.group != *from || to.as_ref().is_some_and(|to| !state.may_hold(org, to)) {
            return Err(StoreError::Conflict);
        }
        component.group = to.clone();
        state.parts.put(component);
        let (from, to) = (from.clone(), to.clone());
        state.record(stamp, Event::ComponentPlaced { component: id.clone(), org: org.clone(), from, to });
        Ok(())
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let mut entered = BTreeSet::new();
        for component in new {
            let known = state.parts.find(&component.id).is_some() || !entered.insert(&component.id);
            if known || !state.trees.contains_key(&component.org) {
                return Err(StoreError::Conflict);
            }
        }
        for correction in corrections {
            state.owned(&correction.component, &correction.org)?;
        }
        for component in new {
            state.parts.put(Component { group: None, ..component.clone() });
            let (component, org) = (component.id.clone(), component.org.clone());
            state.record(stamp, Event::ComponentAdded { component, org });
        }
        for Correction { component, org, facts } in corrections {
            let known = state.owned(component, org)?;
            state.parts.put(Component { facts: facts.clone(), ..known });
            let (component, org) = (component.clone(), org.clone());
            state.record(stamp, Event::ComponentUpdated { component, org });
        }
        Ok(())
    }

    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError> {
        let mut state = self.state();
        state.owned(component, org)?;
        state.parts.remove(component);
        state.record(stamp, Event::ComponentRetired { component: component.clone(), org: org.clone() });
        Ok(())
    }

    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let known = state.owned(component, from)?;
        if !state.trees.contains_key(to) {
            return Err(StoreError::Conflict);
        }
        state.parts.put(Component { org: to.clone(), group: None, ..known });
        let (component, from, to) = (component.clone(), from.clone(), to.clone());
        state.record(stamp, Event::ComponentTransferred { component, from, to });
        Ok(())
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        Ok(self.state().parts.iens().into_iter().collect())
    }
}

impl State {
    fn owned(&self, id: &ComponentId, org: &OrgId) -> Result<Component, StoreError> {
        self.parts.find(id).filter(|component| component.org == *org).cloned().ok_or(StoreError::Conflict)
    }

    /// Whether components of an organization may be put into a group: it is theirs, and not the root.
    fn may_hold(&self, org: &OrgId, group: &GroupId) -> bool {
        *group != org.root() && self.groups.get(group) == Some(org)
    }

    fn within<'a>(
        &'a self,
        within: &'a Within,
        after: Option<&'a ComponentId>,
    ) -> impl Iterator<Item = &'a Component> {
        let group = within.group.clone().unwrap_or_else(|| within.org.root());
        self.parts.within(&group, after).filter(|component| component.org == within.org)
    }
}
