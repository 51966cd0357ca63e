//! Random worlds, and every call that can be made in one.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_authz::Operation;
use ovgs_domain::{Delegate, GroupId, OrgId, Role, User, UserType};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::world::{Call, World, group_id, has_second_group, org_id, user};

/// The organizations with a tree. Users also come from `org-c`, which has none.
pub(crate) const OWNERS: [&str; 2] = ["org-a", "org-b"];

/// The users of every world: of three organizations, two of them with one name and different types.
pub(crate) fn users() -> Vec<User> {
    let ann = user("org-a", "ann");
    let program = User { user_type: UserType::ServiceAccount, ..ann.clone() };
    vec![ann, program, user("org-a", "bob"), user("org-b", "ann"), user("org-b", "bob"), user("org-c", "ann")]
}

pub(crate) fn a_user() -> impl Strategy<Value = User> {
    prop::sample::select(users())
}

pub(crate) fn a_role() -> impl Strategy<Value = Role> {
    prop::sample::select(&Role::ALL[..])
}

/// Two trees of up to four groups with random roles, delegations and support organizations.
///
/// SUPPORT is held in roots only, but not only by users of support organizations: those may have left the list.
pub(crate) fn a_world() -> impl Strategy<Value = World> {
    let shape = || vec(any::<Index>(), 0..4);
    let support_orgs =
        prop::sample::subsequence(vec![org_id("org-a"), org_id("org-b"), org_id("org-c")], 0..=3);
    let roles = vec((any::<Index>(), a_user(), a_role()), 0..10);
    let delegates: Vec<Delegate> =
        ["*", "org-a", "org-b", "org-c"].iter().map(|d| Delegate::parse(d).unwrap()).collect();
    let delegations = vec((any::<Index>(), prop::sample::select(delegates)), 0..6);
    (support_orgs, shape(), shape(), roles, delegations).prop_map(
        |(support_orgs, first, second, roles, delegations)| {
            let [a, b] = OWNERS.map(org_id);
            let mut world = World { support_orgs: support_orgs.into_iter().collect(), ..World::default() };
            world.groups = [grown(&a, &first), grown(&b, &second)].concat();
            world.roles = world.with_roles(roles);
            world.delegations = world.with_delegations(delegations);
            world
        },
    )
}

/// A tree: each index hangs one more group under one of those that are there.
fn grown(org: &OrgId, parents: &[Index]) -> Vec<(OrgId, GroupId, Option<GroupId>)> {
    let mut groups = vec![(org.clone(), org.root(), None)];
    for (number, parent) in parents.iter().enumerate() {
        let parent = parent.get(&groups).1.clone();
        groups.push((org.clone(), group_id(&format!("{org}-{number}")), Some(parent)));
    }
    groups
}

impl World {
    fn with_roles(&self, wanted: Vec<(Index, User, Role)>) -> Vec<(GroupId, User, Role)> {
        let mut held = BTreeMap::new();
        for (index, user, role) in wanted {
            let (org, group, _) = index.get(&self.groups);
            let group = if role == Role::Support { org.root() } else { group.clone() };
            held.insert((group, user), role);
        }
        held.into_iter().map(|((group, user), role)| (group, user, role)).collect()
    }

    fn with_delegations(&self, wanted: Vec<(Index, Delegate)>) -> Vec<(GroupId, Delegate)> {
        let listed = wanted.into_iter().map(|(index, delegate)| {
            let (org, group, _) = index.get(&self.groups);
            (org, group.clone(), delegate)
        });
        let by_others = listed.filter(|(org, _, delegate)| *delegate != Delegate::Org((*org).clone()));
        let unique: BTreeSet<_> = by_others.map(|(_, group, delegate)| (group, delegate)).collect();
        unique.into_iter().collect()
    }

    pub(crate) fn group_ids(&self) -> Vec<GroupId> {
        self.groups.iter().map(|(_, group, _)| group.clone()).collect()
    }

    /// Every call with every group, or pair of groups, and every user and role that it may name.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let groups = self.group_ids();
        let each =
            Operation::ALL.iter().flat_map(|operation| groups.iter().map(move |group| (*operation, group)));
        each.flat_map(|(operation, group)| self.calls_on(operation, group)).collect()
    }

    fn calls_on(&self, operation: Operation, group: &GroupId) -> Vec<Call> {
        let plain = Call {
            operation,
            group: group.clone(),
            second: group.clone(),
            user: user("org-c", "nobody"),
            role: Role::Requestor,
        };
        if has_second_group(operation) {
            return self.group_ids().into_iter().map(|second| Call { second, ..plain.clone() }).collect();
        }
        match operation {
            Operation::AddUserRole => {
                let named = users().into_iter().flat_map(|user| Role::ALL.map(|role| (user.clone(), role)));
                named.map(|(user, role)| Call { user, role, ..plain.clone() }).collect()
            }
            Operation::RemoveUserRole => {
                users().into_iter().map(|user| Call { user, ..plain.clone() }).collect()
            }
            _ => vec![plain],
        }
    }
}
