//! How a tree moves.

use std::sync::Arc;

use thiserror::Error;

use super::{Group, Org, size};
use crate::{CertId, Change, Delegate, Description, DomainCert, Excerpt, GroupId, Role, User};

/// A change that does not fit the tree it was applied to. With a change made by a command at the same revision this
/// cannot happen; it tells a cache or a store that it lost its place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the change does not fit the tree: {0}")]
pub struct Misfit(pub(super) String);

impl Misfit {
    fn unknown(group: &GroupId) -> Misfit {
        Misfit::of(group, "is unknown")
    }

    fn of(group: &GroupId, what: &str) -> Misfit {
        Misfit(format!("group `{}` {what}", Excerpt::of(group.as_str())))
    }
}

impl Org {
    /// Takes one step: the only way a tree moves. The revision advances by one.
    ///
    /// # Errors
    /// [`Misfit`] if the change speaks of something that is not there, adds what is there already, or deletes a root
    /// or a group that is not empty; the tree is then as it was.
    pub fn apply(&mut self, change: &Change) -> Result<(), Misfit> {
        match change {
            Change::GroupCreated { group, parent, description } => {
                self.insert_group(group, parent, description)?;
            }
            Change::GroupDeleted { group } => self.remove_group(group)?,
            Change::DelegationAdded { group, delegate } => self.insert_delegate(group, delegate)?,
            Change::DelegationRemoved { group, delegate } => self.remove_delegate(group, delegate)?,
            Change::RoleAdded { group, user, role } => self.insert_member(group, user, *role)?,
            Change::RoleRemoved { group, user } => self.remove_member(group, user)?,
            Change::DomainCertCreated { group, cert, der: _ } => self.insert_cert(group, cert)?,
            Change::DomainCertDeleted { group, cert } => self.remove_cert(group, cert)?,
        }
        self.revision = self.revision.next();
        Ok(())
    }

    fn group_mut(&mut self, id: &GroupId) -> Result<&mut Group, Misfit> {
        self.groups.get_mut(id).map(Arc::make_mut).ok_or_else(|| Misfit::unknown(id))
    }

    pub(super) fn insert_group(
        &mut self,
        id: &GroupId,
        parent: &GroupId,
        description: &Description,
    ) -> Result<(), Misfit> {
        if self.groups.contains_key(id) {
            return Err(Misfit::of(id, "exists already"));
        }
        let above = self.group_mut(parent)?;
        if above.children.contains_key(description) {
            return Err(Misfit::of(parent, "has a child of this description already"));
        }
        let way = above.way.down(id.clone()).ok_or_else(|| Misfit::of(id, "is too deep in the tree"))?;
        above.children.insert(description.clone(), id.clone());
        let group = Group::new(way, description.clone());
        self.groups.insert(id.clone(), Arc::new(group));
        self.octets += size::group(id, description);
        Ok(())
    }

    fn remove_group(&mut self, id: &GroupId) -> Result<(), Misfit> {
        let group = self.group(id).ok_or_else(|| Misfit::unknown(id))?;
        if !(group.children.is_empty() && group.members.is_empty() && group.certs.is_empty()) {
            return Err(Misfit::of(id, "is not empty"));
        }
        let (parent, description) = (group.parent().cloned(), group.description.clone());
        // Its delegations go with it.
        let octets =
            size::group(id, &description) + group.delegates.iter().map(size::delegate).sum::<usize>();
        let parent = parent.ok_or_else(|| Misfit::of(id, "is the root"))?;
        self.group_mut(&parent)?.children.remove(&description);
        self.groups.remove(id);
        self.octets -= octets;
        Ok(())
    }

    pub(super) fn insert_delegate(&mut self, group: &GroupId, delegate: &Delegate) -> Result<(), Misfit> {
        let added = self.group_mut(group)?.delegates.insert(delegate.clone());
        added.then_some(()).ok_or_else(|| Misfit::of(group, "lists this organization already"))?;
        self.octets += size::delegate(delegate);
        Ok(())
    }

    fn remove_delegate(&mut self, group: &GroupId, delegate: &Delegate) -> Result<(), Misfit> {
        let removed = self.group_mut(group)?.delegates.remove(delegate);
        removed.then_some(()).ok_or_else(|| Misfit::of(group, "does not list this organization"))?;
        self.octets -= size::delegate(delegate);
        Ok(())
    }

    pub(super) fn insert_member(&mut self, group: &GroupId, user: &User, role: Role) -> Result<(), Misfit> {
        let at = self.group_mut(group)?;
        if at.members.contains_key(user) {
            return Err(Misfit::of(group, "has this user already"));
        }
        at.members.insert(user.clone(), role);
        let way = at.way.clone();
        let held = self.assignments.entry(user.clone()).or_default();
        Arc::make_mut(held).insert(&way, role);
        self.octets += size::member(user);
        Ok(())
    }

    fn remove_member(&mut self, group: &GroupId, user: &User) -> Result<(), Misfit> {
        let removed = self.group_mut(group)?.members.remove(user);
        removed.ok_or_else(|| Misfit::of(group, "does not have this user"))?;
        if let Some(held) = self.assignments.get_mut(user) {
            Arc::make_mut(held).remove(group);
            if held.is_empty() {
                self.assignments.remove(user);
            }
        }
        self.octets -= size::member(user);
        Ok(())
    }

    pub(super) fn insert_cert(&mut self, group: &GroupId, cert: &DomainCert) -> Result<(), Misfit> {
        if let Some(holder) = self.certs.get(&cert.id) {
            return Err(Misfit::of(holder, "has a certificate of this id already"));
        }
        self.group_mut(group)?.certs.insert(cert.id.clone(), cert.clone());
        self.certs.insert(cert.id.clone(), group.clone());
        self.octets += size::cert(cert);
        Ok(())
    }

    fn remove_cert(&mut self, group: &GroupId, cert: &CertId) -> Result<(), Misfit> {
        let removed = self.group_mut(group)?.certs.remove(cert);
        let removed = removed.ok_or_else(|| Misfit::of(group, "does not have this certificate"))?;
        self.certs.remove(cert);
        self.octets -= size::cert(&removed);
        Ok(())
    }
}
