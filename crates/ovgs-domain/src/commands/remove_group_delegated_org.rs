use super::add_group_delegated_org::refuse_owner;
use crate::{Change, Delegate, GroupId, Org, Violation};

/// Takes a delegation back.
///
/// # Errors
/// [`Violation::OwnOrganization`] for the owner itself, [`Violation::NotDelegated`] if this very group does not list
/// it, [`Violation::DelegationInUse`] if a role in the group or below has no other source.
pub fn remove_group_delegated_org(
    org: &Org,
    group: &GroupId,
    delegate: Delegate,
) -> Result<Change, Violation> {
    refuse_owner(org, &delegate)?;
    if !org.group(group).is_some_and(|group| group.lists(&delegate)) {
        return Err(Violation::NotDelegated { delegate });
    }
    match org.resting_on(group, &delegate) {
        0 => Ok(Change::DelegationRemoved { group: group.clone(), delegate }),
        users => Err(Violation::DelegationInUse { delegate, users }),
    }
}
