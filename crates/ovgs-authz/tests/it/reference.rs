//! The permissions of the service once more, said naively: flat lists, walked from beginning to end, nothing shared with the
//! crate but the names of things.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_authz::Operation;
use ovgs_domain::{Delegate, GroupId, OrgId, Role, User};

use crate::world::{Call, World};

impl World {
    pub(crate) fn parent(&self, group: &GroupId) -> Option<GroupId> {
        self.groups.iter().find(|(_, id, _)| id == group).and_then(|(_, _, parent)| parent.clone())
    }

    pub(crate) fn owner(&self, group: &GroupId) -> OrgId {
        self.groups.iter().find(|(_, id, _)| id == group).unwrap().0.clone()
    }

    /// The group, its parent, and so on up to the root.
    pub(crate) fn above(&self, group: &GroupId) -> Vec<GroupId> {
        let mut all = vec![group.clone()];
        while let Some(parent) = self.parent(all.last().unwrap()) {
            all.push(parent);
        }
        all
    }

    fn root(&self, group: &GroupId) -> GroupId {
        self.above(group).pop().unwrap()
    }

    /// The role held in this very group, if it counts for anything.
    fn held_in(&self, user: &User, group: &GroupId) -> Option<Role> {
        let found = self.roles.iter().find(|(at, who, _)| at == group && who == user);
        match found {
            Some((_, _, Role::Support)) if !self.support_orgs.contains(&user.org) => None,
            Some((_, _, role)) => Some(*role),
            None => None,
        }
    }

    /// The highest role of those held in the group or above it.
    pub(crate) fn highest(&self, user: &User, group: &GroupId) -> Option<Role> {
        let mut highest = None;
        for at in self.above(group) {
            let held = self.held_in(user, &at);
            for role in [Role::Requestor, Role::Assigner, Role::Admin, Role::Support] {
                if held == Some(role) && Some(role) > highest {
                    highest = Some(role);
                }
            }
        }
        highest
    }

    pub(crate) fn is_delegated(&self, caller: &User, group: &GroupId) -> bool {
        caller.org != self.owner(group) && self.highest(caller, group) != Some(Role::Support)
    }

    /// Whether the call is allowed: the table of section 3, row by row.
    pub(crate) fn may(&self, caller: &User, call: &Call) -> bool {
        let (group, second) = (&call.group, &call.second);
        let reads = |at: &GroupId| self.highest(caller, at).is_some();
        let assigns = |at: &GroupId| {
            matches!(self.highest(caller, at), Some(Role::Assigner | Role::Admin | Role::Support))
        };
        let rules = |at: &GroupId| matches!(self.highest(caller, at), Some(Role::Admin | Role::Support));
        let names_whom_it_may = !self.is_delegated(caller, group) || call.user.org == caller.org;
        let supports = self.highest(caller, group) == Some(Role::Support);
        match call.operation {
            Operation::GetComponents | Operation::GetGroup | Operation::GetUserRole => reads(group),
            Operation::GetSerial | Operation::GetSerials | Operation::GetDomainCert => reads(group),
            Operation::CreateGroup => rules(group),
            Operation::DeleteGroup => rules(&self.parent(group).unwrap_or(group.clone())),
            Operation::AddGroupDelegatedOrg
            | Operation::RemoveGroupDelegatedOrg
            | Operation::RegisterUser
            | Operation::RemoveUser
            | Operation::ListUsers
            | Operation::IssueToken
            | Operation::ListTokens
            | Operation::RevokeToken => {
                let held = self.held_in(caller, &self.root(group));
                caller.org == self.owner(group) && held == Some(Role::Admin)
            }
            Operation::AddUserRole => {
                rules(group) && names_whom_it_may && (call.role != Role::Support || supports)
            }
            Operation::RemoveUserRole => {
                let taken = self.held_in(&call.user, group);
                rules(group) && names_whom_it_may && (taken != Some(Role::Support) || supports)
            }
            Operation::AddSerial => assigns(group) && assigns(second),
            Operation::RemoveSerial => assigns(group),
            Operation::CreateDomainCert | Operation::DeleteDomainCert => assigns(group),
            Operation::GetOwnershipVoucher | Operation::GetOwnershipVouchers => reads(group) && reads(second),
        }
    }

    /// With concealment, nothing of the organization exists for such a caller.
    pub(crate) fn is_foreign(&self, caller: &User, org: &OrgId) -> bool {
        let mut groups = self.groups.iter().filter(|(owner, ..)| owner == org);
        caller.org != *org && !groups.any(|(_, group, _)| self.held_in(caller, group).is_some())
    }

    /// The users of this very group that the caller is shown.
    pub(crate) fn members(&self, caller: &User, group: &GroupId) -> BTreeMap<User, Role> {
        let here = self.roles.iter().filter(|(at, ..)| at == group);
        let shown = here.filter(|(_, user, _)| !self.is_delegated(caller, group) || user.org == caller.org);
        shown.map(|(_, user, role)| (user.clone(), *role)).collect()
    }

    /// The `delegated_orgs` that the caller is shown.
    pub(crate) fn delegated_orgs(
        &self,
        caller: &User,
        group: &GroupId,
    ) -> BTreeMap<String, BTreeSet<GroupId>> {
        let above = self.above(group);
        let mut shown = BTreeMap::<String, BTreeSet<GroupId>>::new();
        for (source, delegate) in self.delegations.iter().filter(|(source, _)| above.contains(source)) {
            let own = *delegate == Delegate::Any || *delegate == Delegate::Org(caller.org.clone());
            let key = match (self.is_delegated(caller, group), own) {
                (false, _) => delegate.to_string(),
                (true, true) => caller.org.to_string(),
                (true, false) => continue,
            };
            shown.entry(key).or_default().insert(source.clone());
        }
        shown
    }

    /// The direct assignments of a user in one organization that the caller is shown.
    pub(crate) fn assignments(&self, caller: &User, org: &OrgId, user: &User) -> BTreeMap<GroupId, Role> {
        let held = self.roles.iter().filter(|(group, who, _)| who == user && self.owner(group) == *org);
        let shown = held.filter(|(group, ..)| {
            let known = !self.is_delegated(caller, group) || user.org == caller.org;
            user == caller || (self.highest(caller, group).is_some() && known)
        });
        shown.map(|(group, _, role)| (group.clone(), *role)).collect()
    }
}
