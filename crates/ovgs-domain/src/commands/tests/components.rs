//! Moving components.

use crate::{
    Component, Violation,
    commands::{add_serial, remove_serial},
    fixtures::{acme, component, group_id},
};

fn in_groups(component: &Component) -> Vec<String> {
    component.group_ids().iter().map(ToString::to_string).collect()
}

#[test]
fn a_component_is_in_its_group_and_in_the_root() {
    let placed = component("org-acmeco", Some("g"));
    assert_eq!((in_groups(&placed), placed.holder()), (vec!["g".into(), "org-acmeco".into()], group_id("g")));
    let bare = component("org-acmeco", None);
    assert_eq!((in_groups(&bare), bare.holder()), (vec!["org-acmeco".into()], group_id("org-acmeco")));
}

#[test]
fn a_component_moves_into_any_other_group() {
    for from in [None, Some("g"), Some("d")] {
        assert_eq!(add_serial(&acme(), &component("org-acmeco", from), &group_id("s")), Ok(()));
    }
}

#[test]
fn a_component_does_not_move_where_it_is() {
    let org = acme();
    let placed = component("org-acmeco", Some("g"));
    let (component, group) = (placed.id.clone(), group_id("g"));
    assert_eq!(add_serial(&org, &placed, &group), Err(Violation::AlreadyPlaced { component, group }));
    let always = Err(Violation::AlwaysInRoot { root: org.root().clone() });
    assert_eq!(add_serial(&org, &placed, org.root()), always);
}

#[test]
fn a_component_does_not_leave_its_organization() {
    let (org, foreign) = (acme(), component("org-other", None));
    for group in [group_id("g"), org.root().clone()] {
        let component = foreign.id.clone();
        let expected = Err(Violation::ForeignComponent { component, group: group.clone() });
        assert_eq!(add_serial(&org, &foreign, &group), expected);
    }
}

#[test]
fn a_component_is_taken_out_of_its_group_and_never_out_of_the_root() {
    let (org, placed) = (acme(), component("org-acmeco", Some("g")));
    assert_eq!(remove_serial(&org, &placed, &group_id("g")), Ok(()));
    let never = Err(Violation::NeverOutOfRoot { root: org.root().clone() });
    assert_eq!(remove_serial(&org, &placed, org.root()), never);
    assert_eq!(remove_serial(&org, &component("org-acmeco", None), org.root()), never);
    for (from, group) in [(None, "g"), (Some("g"), "p"), (Some("g"), "d")] {
        let part = component("org-acmeco", from);
        let (component, group) = (part.id.clone(), group_id(group));
        let missing = Err(Violation::NotPlaced { component, group: group.clone() });
        assert_eq!(remove_serial(&org, &part, &group), missing);
    }
}
