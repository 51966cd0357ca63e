//! Where principals come in.

use std::sync::Arc;

use ovgs_authz::{Denied, Principals, Provisioner};

use super::{Effect, Provisioning, ProvisioningError};
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
}
