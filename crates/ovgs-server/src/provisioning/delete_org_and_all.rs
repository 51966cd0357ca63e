use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{Change, Delegate, Org, OrgId, commands};
use ovgs_store::Within;

use super::{Provisioning, ProvisioningError, Remains, lists::PAGE, turns};
use crate::service::NotFound;

/// How much goes with an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing: what is left keeps it.
    OnlyEmpty,
    /// Everything that is left in it.
    WithAll,
}

impl Provisioning {
    /// Deletes an organization, and says what went with it.
    ///
    /// # Errors
    /// As for [`Provisioning::delete_org`] and [`Provisioning::delete_org_and_all`].
    pub async fn delete_org_as(
        &self,
        by: &Provisioner,
        org: &OrgId,
        how: Deletion,
    ) -> Result<Remains, ProvisioningError> {
        match how {
            Deletion::OnlyEmpty => self.delete_org(by, org).await.map(|()| Remains::default()),
            Deletion::WithAll => self.delete_org_and_all(by, org).await,
        }
    }

    /// What is left in an organization or refers to it: what [`Provisioning::delete_org_and_all`] takes with it.
    ///
    /// # Errors
    /// [`NotFound::Org`].
    pub async fn remains_of(&self, org: &OrgId) -> Result<Remains, ProvisioningError> {
        let tree = self.guarded.org(org).await?.ok_or_else(|| NotFound::Org(org.clone()))?;
        self.remains(&tree).await
    }

    /// Deletes an organization with everything that is left in it, and says what that was. Each step is journalled: parts
    /// are retired, users removed with their roles and tokens, delegations to it taken back, roles, certificates and
    /// groups deleted. A task that was broken off can be done again.
    ///
    /// # Errors
    /// [`NotFound::Org`]; [`ProvisioningError::Contended`] if others keep filling it.
    pub async fn delete_org_and_all(
        &self,
        by: &Provisioner,
        org: &OrgId,
    ) -> Result<Remains, ProvisioningError> {
        let gone = self.remains_of(org).await?;
        turns::until_uncontended(|| async {
            self.retire_all(by, org).await?;
            self.remove_all_users(by, org).await?;
            self.leave_others(by, org).await?;
            self.step_while(by, org, left_in).await?;
            match self.delete_org(by, org).await {
                // Others were faster than this task.
                Err(ProvisioningError::OrgInUse { .. }) => Err(ProvisioningError::Contended),
                deleted => deleted,
            }
        })
        .await?;
        Ok(gone)
    }

    async fn retire_all(&self, by: &Provisioner, org: &OrgId) -> Result<(), ProvisioningError> {
        let within = Within { org: org.clone(), group: None };
        loop {
            let page = self.guarded.components_in(&within, None, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for component in page {
                self.guarded.retire(by.mandate(Task::DeleteOrg), &component.id, org).await?;
            }
        }
    }

    async fn remove_all_users(&self, by: &Provisioner, org: &OrgId) -> Result<(), ProvisioningError> {
        loop {
            let page = self.guarded.users(Some(org), None, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for user in page {
                self.remove_user(by, &user).await?;
            }
        }
    }

    /// Takes the roles that users of the organization hold elsewhere, registered or not, and then the delegations to it,
    /// which nothing rests on any more.
    async fn leave_others(&self, by: &Provisioner, org: &OrgId) -> Result<(), ProvisioningError> {
        for employer in self.guarded.employers(org).await? {
            self.step_while(by, &employer, |tree| role_of(org, tree)).await?;
        }
        for delegator in self.guarded.delegators(org).await? {
            self.step_while(by, &delegator, |tree| delegation_to(org, tree)).await?;
        }
        Ok(())
    }

    /// Takes steps of a tree while there is one to take.
    async fn step_while(
        &self,
        by: &Provisioner,
        org: &OrgId,
        next: impl Fn(&Org) -> Option<Change>,
    ) -> Result<(), ProvisioningError> {
        turns::until_uncontended(|| async {
            let Some(mut tree) = self.guarded.org(org).await? else { return Ok(()) };
            while let Some(change) = next(&tree) {
                self.guarded.commit(by.mandate(Task::DeleteOrg).grant(&tree), &change).await?;
                tree.apply(&change).map_err(|_| ProvisioningError::Contended)?;
            }
            Ok(())
        })
        .await
    }
}

/// A role that a user of the organization holds in this tree.
fn role_of(org: &OrgId, tree: &Org) -> Option<Change> {
    tree.groups().find_map(|group| {
        let (user, _) = group.members().find(|(user, _)| user.org == *org)?;
        Some(Change::RoleRemoved { group: group.id().clone(), user: user.clone() })
    })
}

/// A delegation to the organization in this tree.
fn delegation_to(org: &OrgId, tree: &Org) -> Option<Change> {
    let delegate = Delegate::Org(org.clone());
    let group = tree.groups().find(|group| group.lists(&delegate))?;
    Some(Change::DelegationRemoved { group: group.id().clone(), delegate })
}

/// The next step towards a tree that is nothing but its root: roles and certificates, then groups from below.
fn left_in(tree: &Org) -> Option<Change> {
    tree.groups().find_map(|group| {
        let id = || group.id().clone();
        if let Some((user, _)) = group.members().next() {
            return Some(Change::RoleRemoved { group: id(), user: user.clone() });
        }
        if let Some(cert) = group.certs().next() {
            return Some(commands::delete_domain_cert(group, cert));
        }
        let is_leaf = group.parent().is_some() && group.children().len() == 0;
        is_leaf.then(|| Change::GroupDeleted { group: id() })
    })
}
