use ovgs_authz::Provisioner;
use ovgs_domain::{Description, OrgId, Role, User, commands::Membership};

use super::{Effect, Provisioning, ProvisioningError};

/// An organization that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrg {
    /// Which.
    pub org: OrgId,
    /// What people call it. `None`: nothing in particular.
    pub description: Option<Description>,
    /// Its first ADMIN.
    pub admin: Option<User>,
}

impl Provisioning {
    /// Creates an organization with its first ADMIN: registered, and ADMIN in the root group. What of this is so already
    /// stays, so a task that was broken off can be done again.
    ///
    /// # Errors
    /// As for [`Provisioning::create_org`], [`Provisioning::add_user`] and [`Provisioning::grant_role`]: an admin who
    /// holds another role in the root group keeps it, and is a
    /// [`Violation::RoleExists`](ovgs_domain::Violation::RoleExists).
    pub async fn bootstrap_org(&self, by: &Provisioner, new: &NewOrg) -> Result<Effect, ProvisioningError> {
        let NewOrg { org, description, admin } = new;
        let created = self.create_org(by, org, description.as_ref()).await?;
        let Some(admin) = admin else { return Ok(created) };
        let registered = self.add_user(by, admin).await?;
        let membership = Membership { group: org.root(), user: admin.clone(), role: Role::Admin };
        let granted = self.grant_role(by, &membership).await?;
        Ok(Effect::done_if([created, registered, granted].contains(&Effect::Done)))
    }
}
