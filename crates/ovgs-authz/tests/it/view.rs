//! Properties of what a caller may see.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_domain::{Component, ComponentId, Facts, GroupId, Ien, OrgId, SerialNumber, User};
use proptest::prelude::*;

use crate::{
    world::{Trees, World},
    worlds::{a_world, users},
};

fn component(org: &OrgId, group: &GroupId) -> Component {
    Component {
        id: ComponentId {
            ien: Ien::parse("30065").unwrap(),
            serial_number: SerialNumber::parse("ABC101").unwrap(),
        },
        org: org.clone(),
        group: (*group != org.root()).then(|| group.clone()),
        facts: Facts::default(),
    }
}

/// The assigned group, then the root; of these, a delegated caller is shown what it can read.
fn shown_group_ids(world: &World, caller: &User, group: &GroupId) -> Vec<GroupId> {
    let root = world.owner(group).root();
    let all = if *group == root { vec![root] } else { vec![group.clone(), root] };
    let delegated = world.is_delegated(caller, group);
    all.into_iter().filter(|at| !delegated || world.highest(caller, at).is_some()).collect()
}

fn delegated_orgs(trees: &Trees, caller: &User, group: &GroupId) -> BTreeMap<String, BTreeSet<GroupId>> {
    let shown = trees.policy.view(caller, trees.org_of(group)).delegations(group);
    shown
        .into_iter()
        .map(|(delegate, sources)| (delegate.to_string(), sources.into_iter().collect()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn groups_are_shown_as_the_contract_says(world in a_world()) {
        let trees = world.trees();
        for (caller, group) in users().iter().flat_map(|u| world.group_ids().into_iter().map(move |g| (u, g))) {
            let org = trees.org_of(&group);
            let view = trees.policy.view(caller, org);
            prop_assert_eq!(view.role_at(&group), world.highest(caller, &group));
            prop_assert_eq!(view.reads(&group), world.highest(caller, &group).is_some());
            prop_assert_eq!(view.is_delegated_at(&group), world.is_delegated(caller, &group));

            let found = org.group(&group).unwrap();
            let members: BTreeMap<_, _> = view.members(found).map(|(user, role)| (user.clone(), role)).collect();
            prop_assert_eq!(members, world.members(caller, &group));
            for user in users() {
                let is_seen = !world.is_delegated(caller, &group) || user.org == caller.org;
                prop_assert_eq!(view.sees_user(&user, &group), is_seen);
            }
            prop_assert_eq!(delegated_orgs(&trees, caller, &group), world.delegated_orgs(caller, &group));
            let component = component(org.id(), &group);
            prop_assert_eq!(view.group_ids(&component), shown_group_ids(&world, caller, &group));
        }
    }

    #[test]
    fn users_are_shown_as_the_contract_says(world in a_world()) {
        let trees = world.trees();
        for (caller, (id, org)) in users().iter().flat_map(|u| trees.orgs.iter().map(move |o| (u, o))) {
            let view = trees.policy.view(caller, org);
            prop_assert_eq!(view.is_foreign(), world.is_foreign(caller, id));
            for user in users() {
                let shown: BTreeMap<_, _> = view.assignments(&user).map(|(g, role)| (g.clone(), role)).collect();
                prop_assert_eq!(shown, world.assignments(caller, id, &user), "{} asks for {}", caller, user);
            }
        }
    }

    #[test]
    fn members_and_sources_come_in_order(world in a_world()) {
        let trees = world.trees();
        for (caller, group) in users().iter().flat_map(|u| world.group_ids().into_iter().map(move |g| (u, g))) {
            let org = trees.org_of(&group);
            let view = trees.policy.view(caller, org);
            prop_assert!(view.members(org.group(&group).unwrap()).is_sorted());
            prop_assert!(view.delegations(&group).values().all(|sources| sources.is_sorted()));
        }
    }
}
