//! Trees from records, good ones and broken ones.

use ovgs_domain::{
    CertId, Delegate, Description, DomainCert, Fingerprint, GroupId, GroupRecord, NEVER, Org, OrgRecords,
    Role,
};
use proptest::{collection::vec, prelude::*};

use crate::{
    generators::{an_organization, seedling, users},
    reference::{Naive, sorted},
};

/// A few groups, the root among them.
fn a_group() -> impl Strategy<Value = GroupId> {
    let ids = ["org-acmeco", "group-1", "group-2", "group-3"];
    prop::sample::select(ids.map(|id| GroupId::parse(id).unwrap()).to_vec())
}

/// Records of little more than chance: circles, orphans, second roots, things said twice.
fn any_records() -> impl Strategy<Value = Naive> {
    let description = prop::sample::select(vec!["Berlin", "Oslo"]);
    let group = (a_group(), prop::option::weighted(0.95, a_group()), description);
    let groups = vec(group, 0..4).prop_map(|groups| {
        let record = |(id, parent, description)| GroupRecord {
            id,
            parent,
            description: Description::parse(description).unwrap(),
        };
        groups.into_iter().map(record).chain(seedling().0.groups).collect()
    });
    let member = (a_group(), prop::sample::select(users()), prop::sample::select(&Role::ALL[..]));
    let cert = (a_group(), "cert-[12]").prop_map(|(group, id)| {
        let (id, fingerprint) = (CertId::parse(&id).unwrap(), Fingerprint::of(b"a certificate"));
        (
            group,
            DomainCert { id, fingerprint, revocation_checks: false, expiry_time: NEVER, not_after: NEVER },
        )
    });
    let lists = (vec(member, 0..3), vec((a_group(), Just(Delegate::Any)), 0..2), vec(cert, 0..2));
    (groups, lists).prop_map(|(groups, (members, delegations, certs))| {
        Naive(OrgRecords { groups, members, delegations, certs, ..seedling().0 })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn records_are_taken_if_they_are_one_tree(records in any_records()) {
        let made = Org::from_records(records.0.clone());
        prop_assert_eq!(made.is_ok(), records.is_one_tree(), "{:?}", made);
        if let Ok(org) = made {
            prop_assert_eq!(sorted(org.records()), sorted(records.0));
        }
    }
}

proptest! {
    #[test]
    fn records_come_back_from_a_tree(naive in an_organization(60)) {
        prop_assert!(naive.is_one_tree());
        let org = Org::from_records(naive.0.clone()).unwrap();
        prop_assert_eq!(sorted(org.records()), sorted(naive.0));
        prop_assert_eq!(Org::from_records(org.records()), Ok(org));
    }
}
