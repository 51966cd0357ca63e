//! Properties of decisions.

use ovgs_authz::{Action, Operation, Place, rule};
use ovgs_domain::{Author, GroupId, Role, User};
use proptest::{prelude::*, sample::Index};

use crate::{
    world::{World, has_second_group},
    worlds::{a_role, a_user, a_world, users},
};

/// Whether a call takes exactly ADMIN, held by the owner's own.
fn is_owners_alone(operation: Operation) -> bool {
    rule(operation).place == Place::OwnerRoot
}

/// The world in which this user holds this role in this group, and no other one there.
fn with_role(world: &World, index: &Index, caller: &User, role: Role) -> World {
    let group = index.get(&world.groups).1.clone();
    let mut changed = world.clone();
    changed.roles.retain(|(at, user, _)| !(*at == group && user == caller));
    changed.roles.push((group, caller.clone(), role));
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn decisions_are_those_of_the_contract(world in a_world()) {
        let trees = world.trees();
        for call in world.calls() {
            for caller in users() {
                let decided = trees.allows(&caller, &call);
                prop_assert_eq!(decided, world.may(&caller, &call), "{} asks {:?}", caller, call);
            }
        }
    }

    #[test]
    fn a_grant_is_for_the_owner_of_the_first_group(world in a_world()) {
        let trees = world.trees();
        for (caller, call) in users().iter().flat_map(|user| world.calls().into_iter().map(move |c| (user, c))) {
            let Ok(grant) = trees.policy.decide(caller, &trees.request(&call)) else { continue };
            let org = trees.org_of(&call.group);
            prop_assert_eq!((grant.org(), grant.revision()), (org.id(), org.revision()));
            prop_assert_eq!(grant.action(), Action::Call(call.operation));
            prop_assert_eq!(grant.author(), &Author::User(caller.clone()));
        }
    }

    #[test]
    fn a_higher_role_allows_no_less(
        world in a_world(), caller in a_user(), index: Index, first in a_role(), second in a_role(),
    ) {
        let mut world = world;
        world.support_orgs.insert(caller.org.clone());
        let lower = with_role(&world, &index, &caller, first.min(second)).trees();
        let higher = with_role(&world, &index, &caller, first.max(second)).trees();
        // SUPPORT does not serve where the owner's own ADMIN is asked for: the one exception.
        let apart = first.max(second) == Role::Support;
        for call in world.calls().iter().filter(|call| !(apart && is_owners_alone(call.operation))) {
            prop_assert!(!lower.allows(&caller, call) || higher.allows(&caller, call), "{call:?}");
        }
    }

    #[test]
    fn a_role_outside_the_lineage_never_matters(
        world in a_world(), caller in a_user(), index: Index, role in a_role(),
    ) {
        let at = index.get(&world.groups).1.clone();
        let changed = with_role(&world, &index, &caller, role).trees();
        let trees = world.trees();
        let is_outside = |group: &GroupId| !world.above(group).contains(&at);
        for call in world.calls() {
            if is_outside(&call.group) && (!has_second_group(call.operation) || is_outside(&call.second)) {
                prop_assert_eq!(trees.allows(&caller, &call), changed.allows(&caller, &call), "{:?}", call);
            }
        }
    }

    #[test]
    fn another_users_role_never_matters_except_for_taking_it(
        world in a_world(), caller in a_user(), other in a_user(), index: Index, role in a_role(),
    ) {
        prop_assume!(caller != other);
        let (trees, changed) = (world.trees(), with_role(&world, &index, &other, role).trees());
        for call in world.calls().iter().filter(|call| call.operation != Operation::RemoveUserRole) {
            prop_assert_eq!(trees.allows(&caller, call), changed.allows(&caller, call), "{:?}", call);
        }
    }

    #[test]
    fn support_of_an_organization_that_left_the_list_counts_for_nothing(world in a_world()) {
        let mut without = world.clone();
        without.roles.retain(|(_, user, role)| *role != Role::Support || world.support_orgs.contains(&user.org));
        let (trees, without) = (world.trees(), without.trees());
        for caller in users() {
            for call in world.calls() {
                prop_assert_eq!(trees.allows(&caller, &call), without.allows(&caller, &call), "{:?}", call);
            }
            for (org, tree) in &trees.orgs {
                let view = trees.policy.view(&caller, tree);
                prop_assert_eq!(view.is_foreign(), without.policy.view(&caller, &without.orgs[org]).is_foreign());
            }
        }
    }
}
