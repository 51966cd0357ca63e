use crate::{Change, Delegate, GroupId, Org, Violation};

/// Lets users of another organization, or of any, be given roles in a group and below.
///
/// # Errors
/// [`Violation::OwnOrganization`] for the owner itself, [`Violation::AlreadyDelegated`] if this very group lists it.
pub fn add_group_delegated_org(org: &Org, group: &GroupId, delegate: Delegate) -> Result<Change, Violation> {
    refuse_owner(org, &delegate)?;
    if org.group(group).is_some_and(|group| group.lists(&delegate)) {
        return Err(Violation::AlreadyDelegated { delegate });
    }
    Ok(Change::DelegationAdded { group: group.clone(), delegate })
}

pub(super) fn refuse_owner(org: &Org, delegate: &Delegate) -> Result<(), Violation> {
    match delegate {
        Delegate::Org(id) if id == org.id() => Err(Violation::OwnOrganization { org: id.clone() }),
        _ => Ok(()),
    }
}
