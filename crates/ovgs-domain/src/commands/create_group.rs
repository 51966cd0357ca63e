use crate::{Change, Description, GroupId, Org, Violation};

/// Makes a group under a parent.
///
/// # Errors
/// [`Violation::GroupExists`] if the parent has a child of that description, [`Violation::TooDeep`] beyond
/// [`Org::MAX_DEPTH`].
pub fn create_group(
    org: &Org,
    parent: &GroupId,
    id: GroupId,
    description: Description,
) -> Result<Change, Violation> {
    let above = org.group(parent);
    if let Some(existing) = above.and_then(|above| above.child(&description)) {
        return Err(Violation::GroupExists { existing: existing.clone() });
    }
    let depth = above.map_or(0, |above| above.depth() + 1);
    if depth > Org::MAX_DEPTH {
        return Err(Violation::TooDeep { depth, max: Org::MAX_DEPTH });
    }
    Ok(Change::GroupCreated { group: id, parent: parent.clone(), description })
}
