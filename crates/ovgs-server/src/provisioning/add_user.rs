use ovgs_authz::{Provisioner, Task};
use ovgs_domain::User;

use super::{Effect, Provisioning, ProvisioningError};

impl Provisioning {
    /// Registers a user, so that tokens can be issued for it.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org) for its organization.
    pub async fn add_user(&self, by: &Provisioner, user: &User) -> Result<Effect, ProvisioningError> {
        self.org_exists(&user.org).await?;
        let added = self.guarded.add_user(by.mandate(Task::AddUser), user).await?;
        Ok(Effect::done_if(added))
    }
}
