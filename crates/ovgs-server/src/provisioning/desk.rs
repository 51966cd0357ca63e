//! Where principals come in.

use std::sync::Arc;

use ovgs_authz::{Denied, Principals, Provisioner};
use ovgs_domain::{OrgId, User};

use super::{Deletion, Effect, Provisioning, ProvisioningError, Remains};
use crate::authn::{Caller, TokenAuthority};

/// The vendor's use cases behind the question who asks: nobody but the principals gets at them.
///
/// What is behind it cannot be reached past it:
///
/// ```compile_fail,E0616
/// fn sneak(desk: ovgs_server::provisioning::Desk) {
///     let _ = desk.provisioning;
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Desk {
    provisioning: Provisioning,
    principals: Principals,
    authority: Option<Arc<TokenAuthority>>,
}

/// A principal, with what it may use.
#[derive(Clone, Debug)]
pub struct Vendor {
    /// The use cases.
    pub provisioning: Provisioning,
    /// Who acts.
    pub by: Provisioner,
    /// Who issues tokens, if the server does.
    pub authority: Option<Arc<TokenAuthority>>,
}

impl Desk {
    /// The use cases, for these principals; with an authority if the server issues tokens.
    #[must_use]
    pub fn new(
        provisioning: Provisioning,
        principals: Principals,
        authority: Option<Arc<TokenAuthority>>,
    ) -> Desk {
        Desk { provisioning, principals, authority }
    }

    /// Lets a principal in.
    ///
    /// # Errors
    /// [`Denied::NotPrincipal`] for everybody else.
    pub fn admit(&self, caller: &Caller) -> Result<Vendor, Denied> {
        let by = self.principals.decide(caller.user())?;
        Ok(Vendor { provisioning: self.provisioning.clone(), by, authority: self.authority.clone() })
    }
}

impl Vendor {
    /// Revokes a token, which stops working at once on this server.
    ///
    /// # Errors
    /// [`ProvisioningError::UnknownToken`].
    pub async fn revoke_token(&self, jti: &str) -> Result<Effect, ProvisioningError> {
        let effect = self.provisioning.revoke_token(&self.by, jti).await?;
        if let Some(authority) = &self.authority {
            authority.forget(jti);
        }
        Ok(effect)
    }

    /// Removes a user with all of its roles and tokens, which stop working at once on this server.
    ///
    /// # Errors
    /// As [`Provisioning::remove_user`].
    pub async fn remove_user(&self, user: &User) -> Result<Effect, ProvisioningError> {
        let removed = self.provisioning.remove_user(&self.by, user).await;
        self.forget_tokens();
        removed
    }

    /// Deletes an organization; the tokens of its users stop working at once on this server.
    ///
    /// # Errors
    /// As [`Provisioning::delete_org_as`].
    pub async fn delete_org(&self, org: &OrgId, how: Deletion) -> Result<Remains, ProvisioningError> {
        let deleted = self.provisioning.delete_org_as(&self.by, org, how).await;
        self.forget_tokens();
        deleted
    }

    /// Of a task that broke off some may be gone as well.
    fn forget_tokens(&self) {
        if let Some(authority) = &self.authority {
            authority.forget_all();
        }
    }
}
