//! Components, found by id, by serial number and by group.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Bound::{Excluded, Unbounded},
};

use ovgs_domain::{Component, ComponentId, GroupId, Ien, SerialNumber};

/// Invariant: each component is in `by_serial`, and in `by_group` under its root and under its group if it has one.
#[derive(Debug, Default)]
pub(super) struct Parts {
    by_id: HashMap<ComponentId, Component>,
    by_serial: HashMap<SerialNumber, BTreeSet<Ien>>,
    by_group: HashMap<GroupId, BTreeSet<ComponentId>>,
}

impl Parts {
    pub(super) fn find(&self, id: &ComponentId) -> Option<&Component> {
        self.by_id.get(id)
    }

    /// All components with a serial number, in order.
    pub(super) fn namesakes<'a>(&'a self, serial: &'a SerialNumber) -> impl Iterator<Item = &'a Component> {
        let iens = self.by_serial.get(serial).into_iter().flatten();
        iens.filter_map(|ien| self.by_id.get(&ComponentId { ien: *ien, serial_number: serial.clone() }))
    }

    /// The components in a group after one of them, in order.
    pub(super) fn within<'a>(
        &'a self,
        group: &GroupId,
        after: Option<&'a ComponentId>,
    ) -> impl Iterator<Item = &'a Component> + use<'a> {
        let ids = self.by_group.get(group).into_iter();
        let later = ids.flat_map(move |ids| ids.range((after.map_or(Unbounded, Excluded), Unbounded)));
        later.filter_map(|id| self.by_id.get(id))
    }

    pub(super) fn is_empty(&self, group: &GroupId) -> bool {
        !self.by_group.contains_key(group)
    }

    pub(super) fn iens(&self) -> BTreeSet<Ien> {
        self.by_id.keys().map(|id| id.ien).collect()
    }

    /// Enters a component, or replaces it.
    pub(super) fn put(&mut self, component: Component) {
        let id = component.id.clone();
        self.remove(&id);
        self.by_serial.entry(id.serial_number.clone()).or_default().insert(id.ien);
        for group in component.group_ids() {
            self.by_group.entry(group).or_default().insert(id.clone());
        }
        self.by_id.insert(id, component);
    }

    pub(super) fn remove(&mut self, id: &ComponentId) {
        let Some(component) = self.by_id.remove(id) else { return };
        if let Some(iens) = self.by_serial.get_mut(&id.serial_number) {
            iens.remove(&id.ien);
            if iens.is_empty() {
                self.by_serial.remove(&id.serial_number);
            }
        }
        for group in component.group_ids() {
            if let Some(ids) = self.by_group.get_mut(&group) {
                ids.remove(id);
                if ids.is_empty() {
                    self.by_group.remove(&group);
                }
            }
        }
    }
}
