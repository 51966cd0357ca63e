//! Who holds which role where.

use super::Org;
use crate::{GroupId, Role, User};

impl Org {
    /// The roles that count for a user at a group: those held there and in the ancestors, the nearest first.
    pub fn roles_at<'a>(&'a self, user: &User, group: &'a GroupId) -> impl Iterator<Item = Role> + 'a {
        let held = self.assignments.get(user);
        // Most callers hold roles in few groups: without any, the tree is not walked at all.
        let lineage = held.into_iter().flat_map(move |_| self.lineage(group));
        lineage.filter_map(move |group| held?.get(group.id()).copied())
    }

    /// Where a user holds which role directly, ordered by group.
    pub fn assignments(&self, user: &User) -> impl Iterator<Item = (&GroupId, Role)> {
        self.assignments
            .get(user)
            .into_iter()
            .flat_map(|held| held.iter().map(|(group, role)| (group, *role)))
    }

    /// Every user with a role anywhere in the tree, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.assignments.keys()
    }
}
