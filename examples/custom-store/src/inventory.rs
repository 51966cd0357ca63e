//! Components.

use std::collections::BTreeSet;

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, Event, Ien, OrgId, SerialNumber, commands::Namesake};
use ovgs_store::{Correction, Inventory, Placement, Stamp, StoreError, Tally, Within, json::Json};
use redb::WriteTransaction;

use crate::{
    RedbStore,
    store::record,
    tables::{Go, PARTS, PLACES, Rows, SERIALS, key, nth, part_key, put, remove},
};

#[async_trait]
impl Inventory for RedbStore {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |tx| ids.iter().map(|id| part(tx, &part_key(id))).collect()).await
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        let serials: BTreeSet<SerialNumber> = serials.iter().cloned().collect();
        self.read(move |tx| {
            let mut found = Vec::new();
            for serial in &serials {
                for named in tx.keys(SERIALS, serial.as_str())? {
                    found.extend(part(tx, &key([nth(&named, 1), serial.as_str()]))?);
                }
            }
            Ok(found.into_iter().map(namesake).collect())
        })
        .await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let (within, after) = (within.clone(), after.map(part_key));
        self.read(move |tx| {
            let mut ids = Vec::new();
            visit(tx, &within, after.as_deref(), &mut |id| {
                if ids.len() == limit {
                    return Go::Enough;
                }
                ids.push(id.to_owned());
                Go::On
            })?;
            ids.iter().filter_map(|id| part(tx, id).transpose()).collect()
        })
        .await
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        let within = within.clone();
        self.read(move |tx| {
            let mut tally = Tally::default();
            visit(tx, &within, None, &mut |id| {
                if tally.components == limit {
                    return Go::Enough;
                }
                tally.components += 1;
                // Without the NUL between the two.
                tally.id_octets += id.len() as u64 - 1;
                Go::On
            })?;
            Ok(tally)
        })
        .await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let (placement, stamp) = (placement.clone(), stamp.clone());
        self.write(move |tx| {
            let Placement { component: id, org, from, to } = placement;
            let known = owned(tx, &id, &org)?;
            if let Some(to) = &to
                && (*to == org.root() || tx.owner_of(to)?.as_ref() != Some(&org))
            {
                return Err(StoreError::Conflict);
            }
            if known.group != from {
                return Err(StoreError::Conflict);
            }
            enter(tx, &Component { group: to.clone(), ..known })?;
            record(tx, &stamp, Event::ComponentPlaced { component: id, org, from, to })
        })
        .await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let (new, corrections, stamp) = (new.to_vec(), corrections.to_vec(), stamp.clone());
        self.write(move |tx| {
            for component in new {
                let known = tx.value(PARTS, &part_key(&component.id))?.is_some();
                if known || tx.revision_of(&component.org)?.is_none() {
                    return Err(StoreError::Conflict);
                }
                let component = Component { group: None, ..component };
                enter(tx, &component)?;
                let Component { id, org, .. } = component;
                record(tx, &stamp, Event::ComponentAdded { component: id, org })?;
            }
            for Correction { component, org, facts } in corrections {
                let known = owned(tx, &component, &org)?;
                enter(tx, &Component { facts, ..known })?;
                record(tx, &stamp, Event::ComponentUpdated { component, org })?;
            }
            Ok(())
        })
        .await
    }

    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError> {
        let (component, org, stamp) = (component.clone(), org.clone(), stamp.clone());
        self.write(move |tx| {
            let known = owned(tx, &component, &org)?;
            leave(tx, &known)?;
            record(tx, &stamp, Event::ComponentRetired { component, org })
        })
        .await
    }

    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let (component, from, to, stamp) = (component.clone(), from.clone(), to.clone(), stamp.clone());
        self.write(move |tx| {
            let known = owned(tx, &component, &from)?;
            if tx.revision_of(&to)?.is_none() {
                return Err(StoreError::Conflict);
            }
            leave(tx, &known)?;
            enter(tx, &Component { org: to.clone(), group: None, ..known })?;
            record(tx, &stamp, Event::ComponentTransferred { component, from, to })
        })
        .await
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        self.read(|tx| {
            let mut iens = BTreeSet::new();
            let mut after: Option<String> = None;
            // From one manufacturer straight to the next, however many parts lie between.
            while let Some(ien) = first_ien(tx, after.as_deref())? {
                after = Some(format!("{ien}\u{1}"));
                iens.insert(Ien::parse(&ien).map_err(|error| StoreError::corrupt("an IEN", error))?);
            }
            Ok(iens.into_iter().collect())
        })
        .await
    }
}

fn first_ien(rows: &impl Rows, after: Option<&str>) -> Result<Option<String>, StoreError> {
    let mut first = None;
    rows.visit(PARTS, "", after, &mut |id, _| {
        first = Some(nth(id, 0).to_owned());
        Ok(Go::Enough)
    })?;
    Ok(first)
}

/// The component under a key.
fn part(rows: &impl Rows, key: &str) -> Result<Option<Component>, StoreError> {
    rows.value(PARTS, key)?.map(|json| Component::from_json(&json)).transpose()
}

fn owned(tx: &WriteTransaction, id: &ComponentId, org: &OrgId) -> Result<Component, StoreError> {
    part(tx, &part_key(id))?.filter(|component| component.org == *org).ok_or(StoreError::Conflict)
}

/// Visits the keys of the components somewhere, in order.
fn visit(
    rows: &impl Rows,
    within: &Within,
    after: Option<&str>,
    visitor: &mut dyn FnMut(&str) -> Go,
) -> Result<(), StoreError> {
    let group = within.group.clone().unwrap_or_else(|| within.org.root());
    if rows.owner_of(&group)?.as_ref() != Some(&within.org) {
        return Ok(());
    }
    let after = after.map(|after| key([group.as_str(), after]));
    rows.visit(PLACES, group.as_str(), after.as_deref(), &mut |place, _| {
        Ok(place.split_once('\0').map_or(Go::On, |(_, id)| visitor(id)))
    })
}

/// Writes a component, and where it is found.
fn enter(tx: &WriteTransaction, component: &Component) -> Result<(), StoreError> {
    let id = part_key(&component.id);
    if let Some(old) = part(tx, &id)? {
        leave(tx, &old)?;
    }
    put(tx, PARTS, &id, &component.to_json()?)?;
    put(tx, SERIALS, &key([component.id.serial_number.as_str(), &component.id.ien.to_string()]), "")?;
    component.group_ids().iter().try_for_each(|group| put(tx, PLACES, &key([group.as_str(), &id]), ""))
}

fn leave(tx: &WriteTransaction, component: &Component) -> Result<(), StoreError> {
    let id = part_key(&component.id);
    remove(tx, PARTS, &id)?;
    remove(tx, SERIALS, &key([component.id.serial_number.as_str(), &component.id.ien.to_string()]))?;
    for group in component.group_ids() {
        remove(tx, PLACES, &key([group.as_str(), &id]))?;
    }
    Ok(())
}

fn namesake(component: Component) -> Namesake {
    Namesake { id: component.id, idevid_issuer: component.facts.idevid_issuer }
}
