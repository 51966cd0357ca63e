use ovgs_authz::{Provisioner, Task};
use ovgs_domain::Excerpt;

use super::{Effect, Provisioning, ProvisioningError};

impl Provisioning {
    /// Revokes a token. A running server knows within a second.
    ///
    /// # Errors
    /// [`ProvisioningError::UnknownToken`].
    pub async fn revoke_token(&self, by: &Provisioner, jti: &str) -> Result<Effect, ProvisioningError> {
        let revoked = self.guarded.revoke_token(by.mandate(Task::RevokeToken), jti).await?;
        revoked.map(Effect::done_if).ok_or_else(|| ProvisioningError::UnknownToken { jti: Excerpt::of(jti) })
    }
}
