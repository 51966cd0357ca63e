//! How a tree moves.

use std::sync::Arc;

use thiserror::Error;

use super::{Group, Org};
use crate::{CertId, Change, Description, DomainCert, GroupId, Role, User};

/// A change that does not fit the tree it was applied to. With a change made by a command at the same revision this
/// cannot happen; it tells a cache or a store that it lost its place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the change does not fit the tree: {0}")]
pub struct Misfit(pub(super) String);

impl Misfit {
    fn unknown(group: &GroupId) -> Misfit {
        Misfit(format!("group `{group}` is unknown"))
    }
}

impl Org {
    /// Takes one step: the only way a tree moves. The revision advances by one.
    ///
    /// # Errors
    /// [`Misfit`] if the change speaks of something that is not there; the tree may then be thrown away.
    pub fn apply(&mut self, change: &Change) -> Result<(), Misfit> {
        match change {
            Change::GroupCreated { group, parent, description } => {
                self.insert_group(group, parent, description)?;
            }
            Change::GroupDeleted { group } => self.remove_group(group)?,
            Change::DelegationAdded { group, delegate } => {
                self.group_mut(group)?.delegates.insert(delegate.clone());
            }
            Change::DelegationRemoved { group, delegate } => {
                self.group_mut(group)?.delegates.remove(delegate);
            }
            Change::RoleAdded { group, user, role } => self.insert_member(group, user, *role)?,
            Change::RoleRemoved { group, user } => self.remove_member(group, user)?,
            Change::DomainCertCreated { group, cert, der: _ } => self.insert_cert(group, cert)?,
            Change::DomainCertDeleted { group, cert } => self.remove_cert(group, cert)?,
        }
        self.revision = self.revision.next();
        Ok(())
    }

    pub(super) fn group_mut(&mut self, id: &GroupId) -> Result<&mut Group, Misfit> {
        self.groups.get_mut(id).map(Arc::make_mut).ok_or_else(|| Misfit::unknown(id))
    }

    pub(super) fn insert_group(
        &mut self,
        id: &GroupId,
        parent: &GroupId,
        description: &Description,
    ) -> Result<(), Misfit> {
        if self.groups.contains_key(id) {
            return Err(Misfit(format!("group `{id}` exists already")));
        }
        let above = self.group_mut(parent)?;
        if above.children.insert(description.clone(), id.clone()).is_some() {
            return Err(Misfit(format!("two children of `{parent}` share a description")));
        }
        let group = Group::new(id.clone(), Some(parent.clone()), description.clone(), above.depth + 1);
        self.groups.insert(id.clone(), Arc::new(group));
        Ok(())
    }

    fn remove_group(&mut self, id: &GroupId) -> Result<(), Misfit> {
        let group = self.groups.remove(id).ok_or_else(|| Misfit::unknown(id))?;
        if let Some(parent) = &group.parent {
            self.group_mut(parent)?.children.remove(&group.description);
        }
        Ok(())
    }

    pub(super) fn insert_member(&mut self, group: &GroupId, user: &User, role: Role) -> Result<(), Misfit> {
        self.group_mut(group)?.members.insert(user.clone(), role);
        let held = self.assignments.entry(user.clone()).or_default();
        Arc::make_mut(held).insert(group.clone(), role);
        Ok(())
    }

    fn remove_member(&mut self, group: &GroupId, user: &User) -> Result<(), Misfit> {
        self.group_mut(group)?.members.remove(user);
        if let Some(held) = self.assignments.get_mut(user) {
            Arc::make_mut(held).remove(group);
            if held.is_empty() {
                self.assignments.remove(user);
            }
        }
        Ok(())
    }

    pub(super) fn insert_cert(&mut self, group: &GroupId, cert: &DomainCert) -> Result<(), Misfit> {
        self.group_mut(group)?.certs.insert(cert.id.clone(), cert.clone());
        self.certs.insert(cert.id.clone(), group.clone());
        Ok(())
    }

    fn remove_cert(&mut self, group: &GroupId, cert: &CertId) -> Result<(), Misfit> {
        self.group_mut(group)?.certs.remove(cert);
        self.certs.remove(cert);
        Ok(())
    }
}
