use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{
    GroupId, Org, User, Violation,
    commands::{self, Membership},
};

use super::{Effect, Provisioning, ProvisioningError, turns};
use crate::service::NotFound;

impl Provisioning {
    /// Gives a user a role, by the rules of AddUserRole but without a caller's limits.
    ///
    /// # Errors
    /// [`NotFound`] for the group, the user's organization and, with `users.strict`, the user; then the violations of
    /// [`commands::add_user_role`], except that the very role the user has already is no error.
    pub async fn grant_role(
        &self,
        by: &Provisioner,
        membership: &Membership,
    ) -> Result<Effect, ProvisioningError> {
        let Membership { group, user, role } = membership;
        turns::until_uncontended(|| async {
            let tree = self.tree_of(group).await?;
            let in_support = self.settings.policy.in_support(user);
            commands::may_hold(&tree, membership, in_support)?;
            self.may_be_given_roles(user).await?;
            let change = match commands::add_user_role(&tree, membership.clone(), in_support) {
                Err(Violation::RoleExists { role: held }) if held == *role => return Ok(Effect::Unchanged),
                decided => decided?,
            };
            self.guarded.commit(by.mandate(Task::GrantRole).grant(&tree), &change).await?;
            Ok(Effect::Done)
        })
        .await
    }

    /// The tree that a group is in.
    pub(super) async fn tree_of(&self, group: &GroupId) -> Result<Org, ProvisioningError> {
        let missing = || NotFound::Group(group.clone());
        let (org, _) = self.guarded.org_of_group(group).await?.ok_or_else(missing)?;
        let tree = self.guarded.org(&org).await?.ok_or_else(missing)?;
        if tree.group(group).is_some() { Ok(tree) } else { Err(missing().into()) }
    }

    async fn may_be_given_roles(&self, user: &User) -> Result<(), ProvisioningError> {
        self.org_exists(&user.org).await?;
        if self.settings.strict_users && !self.guarded.is_registered(user).await? {
            return Err(ProvisioningError::NotRegistered { user: Box::new(user.clone()) });
        }
        Ok(())
    }
}
