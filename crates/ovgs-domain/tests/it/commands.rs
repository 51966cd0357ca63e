//! Random commands, one after the other, beside the reference.

use ovgs_domain::{
    Change, Org, Violation,
    commands::{
        Membership, NewDomainCert, add_group_delegated_org, add_user_role, create_domain_cert, create_group,
        delete_domain_cert, delete_group, remove_group_delegated_org, remove_user_role,
    },
};
use proptest::prelude::*;

use crate::{
    generators::{Step, draws, seedling},
    reference::sorted,
};

fn decide(org: &Org, step: &Step) -> Result<Change, Violation> {
    match step.clone() {
        Step::CreateGroup { parent, id, description } => create_group(org, &parent, id, description),
        Step::DeleteGroup { group, components } => delete_group(org, &group, components, |_| true),
        Step::Delegate { group, delegate } => add_group_delegated_org(org, &group, delegate),
        Step::Undelegate { group, delegate } => remove_group_delegated_org(org, &group, delegate),
        Step::AddRole { group, user, role, in_support } => {
            add_user_role(org, Membership { group, user, role }, in_support)
        }
        Step::RemoveRole { group, user } => remove_user_role(org, &group, &user),
        Step::CreateCert { group, id, certificate, revocation_checks, expiry_time } => {
            create_domain_cert(org, id, NewDomainCert { group, certificate, revocation_checks, expiry_time })
        }
        Step::DeleteCert { cert, .. } => {
            let (group, cert) = org.cert(&cert).unwrap();
            Ok(delete_domain_cert(group, cert))
        }
    }
}

/// The name of the violation.
fn name(violation: &Violation) -> String {
    format!("{violation:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

proptest! {
    #[test]
    fn commands_do_what_the_reference_does(draws in draws(60)) {
        let mut naive = seedling();
        let mut org = Org::from_records(naive.0.clone()).unwrap();
        for (number, draw) in draws.iter().enumerate() {
            let Some(step) = draw.step(&naive, number) else { continue };
            let decided = decide(&org, &step);
            let expected = naive.decide(&step).map_err(str::to_owned);
            prop_assert_eq!(decided.as_ref().map_err(name), expected.as_ref().map_err(Clone::clone), "{:?}", step);
            if let Ok(change) = decided {
                org.apply(&change).unwrap();
                naive.apply(&change);
            }
        }
        prop_assert_eq!(sorted(org.records()), sorted(naive.0));
    }

    #[test]
    fn loading_a_tree_equals_having_applied_its_changes(draws in draws(60)) {
        let mut naive = seedling();
        let mut org = Org::from_records(naive.0.clone()).unwrap();
        for (number, draw) in draws.iter().enumerate() {
            let step = draw.step(&naive, number);
            if let Some(Ok(change)) = step.map(|step| decide(&org, &step)) {
                org.apply(&change).unwrap();
                naive.apply(&change);
                prop_assert_eq!(&Org::from_records(org.records()).unwrap(), &org, "after {:?}", change);
            }
        }
    }
}
