//! What the store and the settings do not agree on.

use ovgs_domain::{Ien, OrgId};

use super::{Provisioning, ProvisioningError};

impl Provisioning {
    /// The manufacturers of which there are parts, but that no issuer serves.
    ///
    /// # Errors
    /// [`ProvisioningError::Store`].
    pub async fn unserved_iens(&self) -> Result<Vec<Ien>, ProvisioningError> {
        let mut iens = self.guarded.iens().await?;
        let issuers = self.settings.issuers.current();
        iens.retain(|ien| !issuers.serves(*ien));
        Ok(iens)
    }

    /// The support organizations that do not exist.
    ///
    /// # Errors
    /// [`ProvisioningError::Store`].
    pub async fn missing_support_orgs(&self) -> Result<Vec<OrgId>, ProvisioningError> {
        let mut missing = Vec::new();
        for org in &self.settings.policy.support_orgs {
            if self.guarded.revision(org).await?.is_none() {
                missing.push(org.clone());
            }
        }
        Ok(missing)
    }
}
