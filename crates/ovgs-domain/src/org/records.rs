//! A tree taken apart into records, as a store keeps it, and put together again.

use std::collections::HashMap;

use super::{Group, Misfit, Org, Revision};
use crate::{Delegate, Description, DomainCert, GroupId, OrgId, Role, User};

/// A tree as flat records in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgRecords {
    /// Whose tree.
    pub id: OrgId,
    /// At which revision.
    pub revision: Revision,
    /// All groups, the root among them.
    pub groups: Vec<GroupRecord>,
    /// All roles: in which group, who, which.
    pub members: Vec<(GroupId, User, Role)>,
    /// All delegations: which group lists whom.
    pub delegations: Vec<(GroupId, Delegate)>,
    /// All certificates: in which group, which.
    pub certs: Vec<(GroupId, DomainCert)>,
}

/// One group, alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// Its id.
    pub id: GroupId,
    /// Where it hangs; `None` for the root alone.
    pub parent: Option<GroupId>,
    /// What people call it.
    pub description: Description,
}

impl Org {
    /// Puts a tree together.
    ///
    /// # Errors
    /// [`Misfit`] if the records are not one tree (no root or another's, an unknown parent, a circle) or say one thing
    /// twice.
    pub fn from_records(records: OrgRecords) -> Result<Org, Misfit> {
        let OrgRecords { id, revision, groups, members, delegations, certs } = records;
        let mut below = HashMap::<Option<GroupId>, Vec<GroupRecord>>::with_capacity(groups.len());
        for group in groups {
            below.entry(group.parent.clone()).or_default().push(group);
        }
        let mut org = match below.remove(&None).unwrap_or_default().as_slice() {
            [root] if root.id == id.root() => Org::new(id, root.description.clone()),
            [_] => return Err(Misfit("the group without parent is not the organization's root".into())),
            roots => return Err(Misfit(format!("{} groups have no parent, not one", roots.len()))),
        };
        let mut waiting = vec![org.root.clone()];
        while let Some(parent) = waiting.pop() {
            for group in below.remove(&Some(parent.clone())).unwrap_or_default() {
                org.insert_group(&group.id, &parent, &group.description)?;
                waiting.push(group.id);
            }
        }
        if !below.is_empty() {
            return Err(Misfit("there are groups that do not hang on the root".into()));
        }
        for (group, user, role) in members {
            org.insert_member(&group, &user, role)?;
        }
        for (group, delegate) in delegations {
            org.insert_delegate(&group, &delegate)?;
        }
        for (group, cert) in certs {
            org.insert_cert(&group, &cert)?;
        }
        org.revision = revision;
        Ok(org)
    }

    /// Takes the tree apart.
    #[must_use]
    pub fn records(&self) -> OrgRecords {
        let each = || self.groups();
        OrgRecords {
            id: self.id.clone(),
            revision: self.revision,
            groups: each().map(Group::record).collect(),
            members: each()
                .flat_map(|group| {
                    group.members().map(|(user, role)| (group.id().clone(), user.clone(), role))
                })
                .collect(),
            delegations: each()
                .flat_map(|group| group.delegates().map(|delegate| (group.id().clone(), delegate.clone())))
                .collect(),
            certs: each()
                .flat_map(|group| group.certs().map(|cert| (group.id().clone(), cert.clone())))
                .collect(),
        }
    }
}

impl Group {
    fn record(&self) -> GroupRecord {
        GroupRecord {
            id: self.id().clone(),
            parent: self.parent().cloned(),
            description: self.description.clone(),
        }
    }
}
