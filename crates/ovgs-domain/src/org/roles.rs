//! Who holds which role where.

use std::collections::BTreeMap;

use super::{Org, way::Way};
use crate::{GroupId, Role, User};

/// The roles of one user in a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holdings {
    /// Each with the depth of its group.
    roles: BTreeMap<GroupId, (Role, usize)>,
    /// A bit for each depth at which there is one. Most users hold roles at one or two depths, so that on most steps of a way
    /// nothing has to be looked up.
    depths: u64,
}

// Each depth has its bit.
const _: () = assert!(Org::MAX_DEPTH < u64::BITS as usize);

impl Holdings {
    pub(super) fn insert(&mut self, way: &Way, role: Role) {
        self.roles.insert(way.id().clone(), (role, way.depth()));
        self.depths |= 1 << way.depth();
    }

    pub(super) fn remove(&mut self, group: &GroupId) {
        self.roles.remove(group);
        self.depths = self.roles.values().fold(0, |depths, (_, depth)| depths | 1 << depth);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// The role in the very group at which a way begins.
    fn at(&self, way: &Way) -> Option<Role> {
        let is_at_this_depth = self.depths & 1 << way.depth() != 0;
        is_at_this_depth.then(|| self.roles.get(way.id()).map(|(role, _)| *role)).flatten()
    }
}

impl Org {
    /// The roles that count for a user at a group: those held there and in the ancestors, the nearest first.
    pub fn roles_at<'a>(&'a self, user: &User, group: &GroupId) -> impl Iterator<Item = Role> + use<'a> {
        let held = self.assignments.get(user);
        // Without any, the group is not even looked up.
        let group = held.and_then(|_| self.group(group));
        let upwards = group.into_iter().flat_map(|group| group.way.upwards());
        upwards.filter_map(move |way| held?.at(way))
    }

    /// Where a user holds which role directly, ordered by group.
    pub fn assignments(&self, user: &User) -> impl Iterator<Item = (&GroupId, Role)> {
        self.assignments
            .get(user)
            .into_iter()
            .flat_map(|held| held.roles.iter().map(|(group, (role, _))| (group, *role)))
    }

    /// Every user with a role anywhere in the tree, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.assignments.keys()
    }
}
