use ovgs_domain::OrgId;
use ovgs_store::Within;

use super::{OrgDetails, Provisioning, ProvisioningError};
use crate::service::NotFound;

impl Provisioning {
    /// Shows an organization.
    ///
    /// # Errors
    /// [`NotFound::Org`].
    pub async fn show_org(&self, org: &OrgId) -> Result<OrgDetails, ProvisioningError> {
        let tree = self.guarded.org(org).await?.ok_or_else(|| NotFound::Org(org.clone()))?;
        let Some(root) = tree.group(tree.root()) else { return Err(NotFound::Org(org.clone()).into()) };
        let parts = Within { org: org.clone(), group: None };
        Ok(OrgDetails {
            id: org.clone(),
            description: root.description().clone(),
            groups: tree.groups().count(),
            components: self.guarded.tally(&parts, u64::MAX).await?.components,
            certificates: tree.groups().map(|group| group.certs().len()).sum(),
            registered_users: self.registered(org).await?,
            users: root.members().map(|(user, role)| (user.clone(), role)).collect(),
            delegates: root.delegates().cloned().collect(),
        })
    }
}
