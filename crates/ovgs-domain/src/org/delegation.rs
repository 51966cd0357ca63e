//! Delegations: computed along the lineage, never copied.

use std::collections::BTreeMap;

use super::{Group, Org};
use crate::{Delegate, GroupId, OrgId, Role, User};

impl Org {
    /// The sources of an organization at a group: all ancestors-or-self that list it or `*`, the nearest first.
    pub fn sources<'a>(&'a self, group: &GroupId, org: &'a OrgId) -> impl Iterator<Item = &'a Group> {
        self.lineage(group).filter(move |group| group.delegates.iter().any(|d| d.covers(org)))
    }

    /// Everyone whom an ancestor-or-self lists, each with the groups that list exactly it, in order.
    #[must_use]
    pub fn delegations(&self, group: &GroupId) -> BTreeMap<&Delegate, Vec<&GroupId>> {
        let mut listed = BTreeMap::<&Delegate, Vec<&GroupId>>::new();
        for group in self.lineage(group) {
            for delegate in &group.delegates {
                listed.entry(delegate).or_default().push(group.id());
            }
        }
        listed.values_mut().for_each(|groups| groups.sort());
        listed
    }

    /// How many roles in the group and below rest on the group's listing of `delegate` alone.
    #[must_use]
    pub fn resting_on(&self, group: &GroupId, delegate: &Delegate) -> usize {
        let held_below =
            self.subtree(group).flat_map(|at| at.members().map(move |(user, role)| (at, user, role)));
        held_below
            .filter(|(_, user, role)| self.needs_delegation(user, *role) && delegate.covers(&user.org))
            .filter(|(at, user, _)| !self.has_other_source(at, user, group, delegate))
            .count()
    }

    /// A role of another organization's user rests on a delegation; the vendor's SUPPORT does not.
    fn needs_delegation(&self, user: &User, role: Role) -> bool {
        user.org != self.id && role != Role::Support
    }

    fn has_other_source(&self, at: &Group, user: &User, group: &GroupId, without: &Delegate) -> bool {
        self.lineage(at.id()).any(|source| {
            let mut listed = source.delegates.iter();
            listed.any(|d| d.covers(&user.org) && !(source.id() == group && d == without))
        })
    }
}
