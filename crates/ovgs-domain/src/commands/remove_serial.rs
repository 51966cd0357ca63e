use crate::{Component, GroupId, Org, Violation};

/// Whether a component may be taken out of a group, back to the root alone.
///
/// # Errors
/// [`Violation::NeverOutOfRoot`] for a root group, [`Violation::NotPlaced`] if it is not there.
pub fn remove_serial(org: &Org, component: &Component, group: &GroupId) -> Result<(), Violation> {
    if group == org.root() {
        return Err(Violation::NeverOutOfRoot { root: group.clone() });
    }
    if component.group.as_ref() != Some(group) {
        return Err(Violation::NotPlaced { component: component.id.clone(), group: group.clone() });
    }
    Ok(())
}
