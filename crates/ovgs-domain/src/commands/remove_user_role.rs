use crate::{Change, GroupId, Org, User, Violation};

/// Takes a user's role in a group away.
///
/// # Errors
/// [`Violation::NoSuchRole`] if it has none in this very group.
pub fn remove_user_role(org: &Org, group: &GroupId, user: &User) -> Result<Change, Violation> {
    match org.group(group).and_then(|group| group.role_of(user)) {
        Some(_) => Ok(Change::RoleRemoved { group: group.clone(), user: user.clone() }),
        None => Err(Violation::NoSuchRole { user: user.clone() }),
    }
}
