//! What a caller may see of a tree.

use std::collections::BTreeMap;

use ovgs_domain::{Component, Delegate, Group, GroupId, Org, Role, User};

use crate::{Operation, Policy, Spot, rule};

/// One caller's view of one tree.
///
/// A **delegated** caller, whose organization does not own the group and who is not SUPPORT there, sees only users
/// of its own organization, of the delegations only its own, and of a component only the groups it can read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    policy: &'a Policy,
    caller: &'a User,
    org: &'a Org,
}

impl<'a> View<'a> {
    pub(crate) fn new(policy: &'a Policy, caller: &'a User, org: &'a Org) -> View<'a> {
        View { policy, caller, org }
    }

    /// The caller's highest role at a group.
    #[must_use]
    pub fn role_at(&self, group: &GroupId) -> Option<Role> {
        self.policy.role_at(self.caller, Spot { org: self.org, group })
    }

    /// Whether the caller may read a group.
    #[must_use]
    pub fn reads(&self, group: &GroupId) -> bool {
        self.role_at(group).is_some_and(|role| role >= rule(Operation::GetGroup).role)
    }

    /// Whether the caller is a delegated one at a group.
    #[must_use]
    pub fn is_delegated_at(&self, group: &GroupId) -> bool {
        self.caller.org != *self.org.id() && self.role_at(group) != Some(Role::Support)
    }

    /// Whether the caller has nothing to do with the organization: neither belongs to it nor holds a role that counts
    /// in it. With `security.conceal_foreign`, nothing of it exists for such a caller.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        let mut roles = self.org.assignments(self.caller).map(|(_, role)| role);
        self.caller.org != *self.org.id() && !roles.any(|role| self.policy.counts(self.caller, role))
    }

    /// Whether the caller may see a user at a group.
    #[must_use]
    pub fn sees_user(&self, user: &User, group: &GroupId) -> bool {
        user.org == self.caller.org || !self.is_delegated_at(group)
    }

    /// The users with a role in this very group, as far as the caller may see them, in order.
    pub fn members(&self, group: &'a Group) -> impl Iterator<Item = (&'a User, Role)> {
        let delegated = self.is_delegated_at(group.id());
        let own = &self.caller.org;
        group.members().filter(move |(user, _)| !delegated || user.org == *own)
    }

    /// To whom a group is delegated, each with the groups that say so, in order. The owner sees every organization
    /// (and `*`) with the groups that list exactly it; a delegated caller sees its own organization alone, with all its
    /// sources, those through `*` included.
    #[must_use]
    pub fn delegations(&self, group: &GroupId) -> BTreeMap<Delegate, Vec<GroupId>> {
        if !self.is_delegated_at(group) {
            let owned = |(delegate, groups): (&Delegate, Vec<&GroupId>)| {
                (delegate.clone(), groups.into_iter().cloned().collect())
            };
            return self.org.delegations(group).into_iter().map(owned).collect();
        }
        let mut sources: Vec<GroupId> =
            self.org.sources(group, &self.caller.org).map(|source| source.id().clone()).collect();
        sources.sort();
        let own = Delegate::Org(self.caller.org.clone());
        if sources.is_empty() { BTreeMap::new() } else { BTreeMap::from([(own, sources)]) }
    }

    /// The groups of a component, its own first, then the root, as far as the caller may see them.
    #[must_use]
    pub fn group_ids(&self, component: &Component) -> Vec<GroupId> {
        let (own, root) = (component.group.as_ref(), self.org.root());
        let delegated = self.is_delegated_at(own.unwrap_or(root));
        own.into_iter().chain([root]).filter(|group| !delegated || self.reads(group)).cloned().collect()
    }

    /// Where a user holds which role directly, as far as the caller may see it: its own always, others' in the groups
    /// it can read.
    pub fn assignments(&self, user: &'a User) -> impl Iterator<Item = (&'a GroupId, Role)> {
        let view = *self;
        let own = user == self.caller;
        self.org
            .assignments(user)
            .filter(move |(group, _)| own || (view.reads(group) && view.sees_user(user, group)))
    }
}
