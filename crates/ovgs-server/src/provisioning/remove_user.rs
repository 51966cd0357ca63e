use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{GroupId, Org, OrgId, User, commands};

use super::{Effect, Provisioning, ProvisioningError, turns};

impl Provisioning {
    /// Removes a user with all of its roles and tokens, whether it is registered or not.
    ///
    /// The tokens go first: should anything break off, who was removed is out already, and the task can be done again.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org) for its organization.
    pub async fn remove_user(&self, by: &Provisioner, user: &User) -> Result<Effect, ProvisioningError> {
        self.org_exists(&user.org).await?;
        let known = self.guarded.remove_user(by.mandate(Task::RemoveUser), user).await?;
        let mut roles = 0;
        for (org, _) in self.guarded.orgs_of_member(user).await? {
            while turns::until_uncontended(|| self.take_a_role(by, &org, user)).await? {
                roles += 1;
            }
        }
        Ok(Effect::done_if(known || roles > 0))
    }

    /// Takes one role of the user in the organization. `false` if there is none left.
    async fn take_a_role(
        &self,
        by: &Provisioner,
        org: &OrgId,
        user: &User,
    ) -> Result<bool, ProvisioningError> {
        let Some(tree) = self.guarded.org(org).await? else { return Ok(false) };
        let Some(group) = first_role(&tree, user) else { return Ok(false) };
        let change = commands::remove_user_role(&tree, &group, user)?;
        self.guarded.commit(by.mandate(Task::RemoveUser).grant(&tree), &change).await?;
        Ok(true)
    }
}

fn first_role(tree: &Org, user: &User) -> Option<GroupId> {
    tree.assignments(user).next().map(|(group, _)| group.clone())
}
