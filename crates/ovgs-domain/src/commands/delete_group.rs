use crate::{Change, GroupId, Org, User, Violation};

/// Deletes an empty group. `components` is how many are in it directly; `visible` says which users the caller may
/// see, the rest is counted as "others".
///
/// # Errors
/// [`Violation::RootGroup`] for a root, [`Violation::NotEmpty`] if anything is left in the group.
pub fn delete_group(
    org: &Org,
    group: &GroupId,
    components: u64,
    visible: impl Fn(&User) -> bool,
) -> Result<Change, Violation> {
    if group == org.root() {
        return Err(Violation::RootGroup { group: group.clone() });
    }
    let Some(found) = org.group(group) else {
        return Ok(Change::GroupDeleted { group: group.clone() });
    };
    let users = found.members().filter(|(user, _)| visible(user)).count();
    let others = found.members().len() - users;
    let (certificates, children) = (found.certs().len(), found.children().len());
    if certificates + users + others + children > 0 || components > 0 {
        return Err(Violation::NotEmpty { certificates, users, others, components, children });
    }
    Ok(Change::GroupDeleted { group: group.clone() })
}
