use ovgs_authz::Request;
use ovgs_domain::User;

use super::root;
use crate::{
    authn::Caller,
    service::{Service, ServiceError},
};

impl Service {
    /// Registers an account of the caller's organization.
    ///
    /// # Errors
    /// `NotFound` for the organization, `Denied` without ADMIN in its root group, `Registered`.
    pub async fn register_user(&self, caller: &Caller, user: &User) -> Result<(), ServiceError> {
        let tree = self.find_org(caller, &user.org).await?;
        let mandate = self.decide_on_accounts(caller, &Request::RegisterUser { root: root(&tree) })?;
        match self.guarded.add_user(mandate, user).await? {
            true => Ok(()),
            false => Err(ServiceError::Registered(user.clone())),
        }
    }
}
