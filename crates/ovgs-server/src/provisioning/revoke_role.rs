use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{GroupId, User, Violation, commands};

use super::{Effect, Provisioning, ProvisioningError, turns};

impl Provisioning {
    /// Takes a user's role in a group away. That it has none is no error.
    ///
    /// # Errors
    /// [`NotFound`](crate::service::NotFound) for the group and the user's organization.
    pub async fn revoke_role(
        &self,
        by: &Provisioner,
        group: &GroupId,
        user: &User,
    ) -> Result<Effect, ProvisioningError> {
        turns::until_uncontended(|| async {
            let tree = self.tree_of(group).await?;
            self.org_exists(&user.org).await?;
            let change = match commands::remove_user_role(&tree, group, user) {
                Err(Violation::NoSuchRole { .. }) => return Ok(Effect::Unchanged),
                decided => decided?,
            };
            self.guarded.commit(by.mandate(Task::RevokeRole).grant(&tree), &change).await?;
            Ok(Effect::Done)
        })
        .await
    }
}
