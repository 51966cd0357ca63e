use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{Org, OrgId};
use ovgs_store::Within;

use super::{Provisioning, ProvisioningError, Remains, turns};
use crate::service::NotFound;

impl Provisioning {
    /// Deletes an organization that has nothing left and that nothing refers to: a name must not inherit power.
    ///
    /// # Errors
    /// [`NotFound::Org`]; [`ProvisioningError::OrgInUse`], saying by what.
    pub async fn delete_org(&self, by: &Provisioner, org: &OrgId) -> Result<(), ProvisioningError> {
        turns::until_uncontended(|| async {
            let tree = self.guarded.org(org).await?.ok_or_else(|| NotFound::Org(org.clone()))?;
            let remains = self.remains(&tree).await?;
            if !remains.is_nothing() {
                return Err(ProvisioningError::in_use(org, remains));
            }
            Ok(self.guarded.delete_org(by.mandate(Task::DeleteOrg).grant(&tree)).await?)
        })
        .await
    }

    pub(super) async fn remains(&self, tree: &Org) -> Result<Remains, ProvisioningError> {
        let org = tree.id();
        let parts = Within { org: org.clone(), group: None };
        let mut employers = self.guarded.employers(org).await?;
        employers.retain(|employer| employer != org);
        Ok(Remains {
            groups: tree.groups().count().saturating_sub(1),
            components: self.guarded.tally(&parts, u64::MAX).await?.components,
            certificates: tree.groups().map(|group| group.certs().len()).sum(),
            roles: tree.groups().map(|group| group.members().len()).sum(),
            users: self.registered(org).await?,
            employers,
            delegators: self.guarded.delegators(org).await?,
        })
    }
}
