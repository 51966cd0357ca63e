use crate::{Change, GroupId, Org, Role, User, Violation};

/// A role to be given: who, where, which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// In which group.
    pub group: GroupId,
    /// Who.
    pub user: User,
    /// Which.
    pub role: Role,
}

/// Gives a user a role. `in_support` says whether the user's organization gives the vendor's support.
///
/// # Errors
/// For SUPPORT, [`Violation::SupportOutsideRoot`] and [`Violation::NotSupportOrg`]; for all,
/// [`Violation::RoleExists`] if the user has one in this very group, [`Violation::NoDelegation`] for a user of another
/// organization without a source here.
pub fn add_user_role(org: &Org, membership: Membership, in_support: bool) -> Result<Change, Violation> {
    may_hold(org, &membership, in_support)?;
    let Membership { group, user, role } = membership;
    if let Some(role) = org.group(&group).and_then(|group| group.role_of(&user)) {
        return Err(Violation::RoleExists { role });
    }
    let needs_source = role != Role::Support && user.org != *org.id();
    if needs_source && org.sources(&group, &user.org).next().is_none() {
        return Err(Violation::NoDelegation { org: user.org });
    }
    Ok(Change::RoleAdded { group, user, role })
}

/// Whether the role may be held there by that user at all: SUPPORT is for root groups and support organizations.
///
/// # Errors
/// [`Violation::SupportOutsideRoot`] and [`Violation::NotSupportOrg`].
pub fn may_hold(org: &Org, membership: &Membership, in_support: bool) -> Result<(), Violation> {
    let Membership { group, user, role } = membership;
    if *role != Role::Support {
        return Ok(());
    }
    if group != org.root() {
        return Err(Violation::SupportOutsideRoot { group: group.clone() });
    }
    if !in_support {
        return Err(Violation::NotSupportOrg { org: user.org.clone() });
    }
    Ok(())
}
