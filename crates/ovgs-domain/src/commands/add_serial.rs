use crate::{Component, GroupId, Org, Violation};

/// Whether a component may move into a group, out of its present one if there is any.
///
/// # Errors
/// [`Violation::ForeignComponent`] if the group is another organization's, [`Violation::AlwaysInRoot`] for the root,
/// [`Violation::AlreadyPlaced`] if it is there.
pub fn add_serial(org: &Org, component: &Component, group: &GroupId) -> Result<(), Violation> {
    if component.org != *org.id() {
        return Err(Violation::ForeignComponent { component: component.id.clone(), group: group.clone() });
    }
    if group == org.root() {
        return Err(Violation::AlwaysInRoot { root: group.clone() });
    }
    if component.group.as_ref() == Some(group) {
        return Err(Violation::AlreadyPlaced { component: component.id.clone(), group: group.clone() });
    }
    Ok(())
}
