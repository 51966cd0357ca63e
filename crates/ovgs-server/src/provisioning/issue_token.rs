use ovgs_authz::{Provisioner, Task};
use ovgs_domain::NEVER;

use super::{Provisioning, ProvisioningError};
use crate::authn::{IssuedToken, TokenAuthority, TokenRequest};

impl Provisioning {
    /// Issues a token for a registered user. The store keeps its record, never the token.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org) for the user's organization,
    /// [`ProvisioningError::NotRegistered`], [`ProvisioningError::TokenTooLong`], [`ProvisioningError::Unsigned`].
    pub async fn issue_token(
        &self,
        by: &Provisioner,
        authority: &TokenAuthority,
        request: TokenRequest,
    ) -> Result<IssuedToken, ProvisioningError> {
        let user = request.user.clone();
        self.org_exists(&user.org).await?;
        if !self.guarded.is_registered(&user).await? {
            return Err(ProvisioningError::NotRegistered { user: Box::new(user) });
        }
        let now = self.clock.now();
        if now.checked_add_signed(request.ttl).is_none_or(|end| end > NEVER) {
            return Err(ProvisioningError::TokenTooLong);
        }
        let issued = authority.issue(request, self.ids.uuid(), now);
        let issued = issued.map_err(|error| ProvisioningError::Unsigned(error.into()))?;
        self.guarded.add_token(by.mandate(Task::IssueToken), &issued.record).await?;
        Ok(issued)
    }
}
