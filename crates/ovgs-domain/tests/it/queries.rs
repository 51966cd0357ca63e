//! What one can ask a tree, beside the reference.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_domain::{CertId, GroupId, Org, Role};
use proptest::prelude::*;

use crate::{
    generators::{an_organization, users},
    reference::Naive,
};

fn trees() -> impl Strategy<Value = (Org, Naive)> {
    an_organization(60).prop_map(|naive| (Org::from_records(naive.0.clone()).unwrap(), naive))
}

fn groups(naive: &Naive) -> Vec<GroupId> {
    naive.0.groups.iter().map(|record| record.id.clone()).collect()
}

proptest! {
    #[test]
    fn the_shape_is_the_references((org, naive) in trees()) {
        prop_assert_eq!(org.groups().count(), naive.0.groups.len());
        for id in groups(&naive) {
            let group = org.group(&id).unwrap();
            prop_assert_eq!(group.parent().cloned(), naive.parent(&id));
            prop_assert_eq!(group.depth(), naive.above(&id).len() - 1);
            prop_assert!(group.children().eq(&naive.children(&id)));
            prop_assert!(org.lineage(&id).map(|at| at.id()).eq(&naive.above(&id)));
            let below: Vec<&GroupId> = org.subtree(&id).map(|at| at.id()).collect();
            prop_assert_eq!(below.len(), naive.below(&id).len());
            prop_assert_eq!(below.into_iter().cloned().collect::<BTreeSet<_>>(), naive.below(&id));
            for child in group.children() {
                prop_assert_eq!(group.child(org.group(child).unwrap().description()), Some(child));
            }
        }
    }

    #[test]
    fn roles_are_the_references((org, naive) in trees()) {
        let holders: BTreeSet<_> = naive.0.members.iter().map(|(_, user, _)| user).collect();
        prop_assert_eq!(org.users().count(), holders.len());
        prop_assert_eq!(org.users().collect::<BTreeSet<_>>(), holders);
        for user in users() {
            let held = naive.0.members.iter().filter(|(_, who, _)| *who == user);
            let held: BTreeMap<_, _> = held.map(|(group, _, role)| (group, *role)).collect();
            prop_assert!(org.assignments(&user).eq(held), "{user} in order of groups");
            for id in groups(&naive) {
                let above = naive.above(&id);
                let roles: Vec<Role> = above.iter().filter_map(|at| naive.role(at, &user)).collect();
                prop_assert_eq!(org.roles_at(&user, &id).collect::<Vec<_>>(), roles);
                prop_assert_eq!(org.group(&id).unwrap().role_of(&user), naive.role(&id, &user));
            }
        }
    }

    #[test]
    fn delegations_are_the_references((org, naive) in trees()) {
        for id in groups(&naive) {
            let listed: BTreeMap<_, Vec<GroupId>> =
                naive.delegations(&id).into_iter().map(|(delegate, at)| (delegate, at.into_iter().collect())).collect();
            let shown = org.delegations(&id).into_iter();
            let shown = shown.map(|(delegate, at)| (delegate.clone(), at.into_iter().cloned().collect()));
            prop_assert_eq!(shown.collect::<BTreeMap<_, Vec<GroupId>>>(), listed);
            for user in users() {
                let sources: Vec<_> = org.sources(&id, &user.org).map(|at| at.id().clone()).collect();
                prop_assert_eq!(sources, naive.sources(&id, &user.org));
            }
        }
        for (group, delegate) in &naive.0.delegations {
            prop_assert!(org.group(group).unwrap().lists(delegate));
            prop_assert_eq!(org.resting_on(group, delegate), naive.resting_on(group, delegate));
        }
    }

    #[test]
    fn certificates_are_the_references((org, naive) in trees()) {
        for (group, cert) in &naive.0.certs {
            let (at, found) = org.cert(&cert.id).unwrap();
            prop_assert_eq!((at.id(), found), (group, cert));
        }
        for id in groups(&naive) {
            let here = naive.0.certs.iter().filter(|(group, _)| *group == id);
            let ids: BTreeSet<&CertId> = here.map(|(_, cert)| &cert.id).collect();
            prop_assert!(org.group(&id).unwrap().certs().map(|cert| &cert.id).eq(ids), "in order of ids");
        }
        prop_assert!(org.cert(&CertId::parse("cert-unknown").unwrap()).is_none());
    }
}
