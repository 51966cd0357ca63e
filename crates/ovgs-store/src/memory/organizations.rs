//! Trees.

use std::{
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use async_trait::async_trait;
use ovgs_domain::{
    CertId, Change, Delegate, Description, Event, GroupId, GroupRecord, Org, OrgId, OrgRecords, Revision,
    User,
};

use super::{Certificate, MemoryStore, State, Tree};
use crate::{OrgSummary, Organizations, Stamp, StoreError};

#[async_trait]
impl Organizations for MemoryStore {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        Ok(self.state().trees.get(id).map(|tree| tree.org.clone()))
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        Ok(self.state().revision(id))
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let state = self.state();
        let changes = state.trees.get(id).and_then(|tree| {
            let known = usize::try_from(since.0.checked_sub(tree.born.0)?).ok()?;
            tree.changes.get(known..).map(<[Change]>::to_vec)
        });
        Ok(changes)
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let state = self.state();
        Ok(state.groups.get(id).and_then(|org| Some((org.clone(), state.revision(org)?))))
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let state = self.state();
        Ok(state.certificates.get(id).and_then(|cert| Some((cert.org.clone(), state.revision(&cert.org)?))))
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        let state = self.state();
        let employing = state.trees.values().filter(|tree| tree.org.assignments(user).next().is_some());
        Ok(employing.map(|tree| (tree.org.id().clone(), tree.org.revision())).collect())
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        Ok(self.state().certificates.get(id).map(|cert| cert.der.clone()))
    }

    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let tree = state.trees.get(org).filter(|tree| tree.org.revision() == expected);
        let mut next = tree.ok_or(StoreError::Conflict)?.org.clone();
        if !state.admits(&next, change) {
            return Err(StoreError::Conflict);
        }
        next.apply(change).map_err(|_| StoreError::Conflict)?;
        state.index(org, change);
        let revision = next.revision();
        if let Some(tree) = state.trees.get_mut(org) {
            tree.org = next;
            tree.changes.push(change.clone());
        }
        state.record(stamp, Event::TreeChanged { org: org.clone(), revision, change: change.clone() });
        Ok(())
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.trees.contains_key(id) {
            return Ok(false);
        }
        if state.groups.contains_key(&id.root()) {
            return Err(StoreError::Conflict);
        }
        let born = state.bygone.get(id).map_or(Revision::default(), |last| last.next());
        let org = seedling(id, description, born)?;
        state.trees.insert(id.clone(), Tree { org, born, changes: Vec::new() });
        state.groups.insert(id.root(), id.clone());
        state.record(stamp, Event::OrgCreated { org: id.clone(), description: description.clone() });
        Ok(true)
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        let mut state = self.state();
        let tree = state.trees.get(id).filter(|tree| tree.org.revision() == expected);
        if !tree.is_some_and(|tree| bare(&tree.org)) || state.refers_to(id) {
            return Err(StoreError::Conflict);
        }
        state.trees.remove(id);
        state.groups.remove(&id.root());
        state.bygone.insert(id.clone(), expected.next());
        state.record(stamp, Event::OrgDeleted { org: id.clone() });
        Ok(())
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        let state = self.state();
        let later = state.trees.range::<OrgId, _>((after.map_or(Unbounded, Excluded), Unbounded));
        Ok(later.take(limit).filter_map(|(_, tree)| summary(&tree.org)).collect())
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let delegate = Delegate::Org(delegate.clone());
        let state = self.state();
        let listing =
            state.trees.values().filter(|tree| tree.org.groups().any(|group| group.lists(&delegate)));
        Ok(listing.map(|tree| tree.org.id().clone()).collect())
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let state = self.state();
        let employing = state.trees.values().filter(|tree| tree.org.users().any(|user| user.org == *org));
        Ok(employing.map(|tree| tree.org.id().clone()).collect())
    }
}

impl State {
    /// Whether a change fits: what foreign keys and unique constraints say in an SQL database.
    fn admits(&self, org: &Org, change: &Change) -> bool {
        let group = |id| org.group(id);
        match change {
            Change::GroupCreated { group, .. } => !self.groups.contains_key(group),
            Change::GroupDeleted { group: id } => {
                group(id).is_some_and(|group| {
                    let empty = group.children().len() + group.members().len() + group.certs().len() == 0;
                    group.parent().is_some() && empty
                }) && self.parts.is_empty(id)
            }
            Change::DelegationAdded { group: id, delegate } => {
                let known = match delegate {
                    Delegate::Any => true,
                    Delegate::Org(org) => self.trees.contains_key(org),
                };
                known && group(id).is_some_and(|group| !group.lists(delegate))
            }
            Change::DelegationRemoved { group: id, delegate } => group(id).is_some_and(|g| g.lists(delegate)),
            Change::RoleAdded { group: id, user, .. } => {
                self.trees.contains_key(&user.org) && group(id).is_some_and(|g| g.role_of(user).is_none())
            }
            Change::RoleRemoved { group: id, user } => group(id).is_some_and(|g| g.role_of(user).is_some()),
            Change::DomainCertCreated { group: id, cert, .. } => {
                group(id).is_some() && !self.certificates.contains_key(&cert.id)
            }
            Change::DomainCertDeleted { group: id, cert } => {
                org.cert(cert).is_some_and(|(group, _)| group.id() == id)
            }
        }
    }

    /// Keeps what is found without knowing the organization.
    fn index(&mut self, org: &OrgId, change: &Change) {
        match change {
            Change::GroupCreated { group, .. } => {
                self.groups.insert(group.clone(), org.clone());
            }
            Change::GroupDeleted { group } => {
                self.groups.remove(group);
            }
            Change::DomainCertCreated { cert, der, .. } => {
                let kept = Certificate { org: org.clone(), der: der.clone() };
                self.certificates.insert(cert.id.clone(), kept);
            }
            Change::DomainCertDeleted { cert, .. } => {
                self.certificates.remove(cert);
            }
            Change::DelegationAdded { .. }
            | Change::DelegationRemoved { .. }
            | Change::RoleAdded { .. }
            | Change::RoleRemoved { .. } => {}
        }
    }

    /// Whether anything outside its tree refers to an organization.
    fn refers_to(&self, id: &OrgId) -> bool {
        let delegate = Delegate::Org(id.clone());
        let mut others = self.trees.values().filter(|tree| tree.org.id() != id);
        let in_trees = others.any(|tree| {
            tree.org.users().any(|user| user.org == *id) || tree.org.groups().any(|g| g.lists(&delegate))
        });
        in_trees || !self.parts.is_empty(&id.root()) || self.users.iter().any(|user| user.org == *id)
    }
}

/// A new tree: at a revision that no earlier one of the same id had.
fn seedling(id: &OrgId, description: &Description, born: Revision) -> Result<Org, StoreError> {
    let root = GroupRecord { id: id.root(), parent: None, description: description.clone() };
    let records = OrgRecords {
        id: id.clone(),
        revision: born,
        groups: vec![root],
        members: Vec::new(),
        delegations: Vec::new(),
        certs: Vec::new(),
    };
    Org::from_records(records).map_err(|misfit| StoreError::Failed(misfit.into()))
}

/// Whether there is nothing but a root group; its own delegations go with it.
fn bare(org: &Org) -> bool {
    let mut groups = org.groups();
    groups.next().is_some_and(|root| root.members().len() + root.certs().len() == 0)
        && groups.next().is_none()
}

fn summary(org: &Org) -> Option<OrgSummary> {
    let description = org.group(org.root())?.description().clone();
    Some(OrgSummary { id: org.id().clone(), description, revision: org.revision() })
}
