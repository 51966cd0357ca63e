use ovgs_authz::Request;

use super::root;
use crate::{
    authn::{Caller, TokenAuthority},
    service::{NotFound, Service, ServiceError},
};

impl Service {
    /// Revokes a token of the caller's organization, which `authority` forgets at once. `false` if it was revoked before.
    ///
    /// # Errors
    /// `NotFound` for the token, `Denied` without ADMIN in the root group of its account's organization.
    pub async fn revoke_token(
        &self,
        caller: &Caller,
        authority: Option<&TokenAuthority>,
        jti: &str,
    ) -> Result<bool, ServiceError> {
        let missing = || NotFound::Token(jti.to_owned());
        let record = self.guarded.token(jti).await?.ok_or_else(missing)?;
        let tree = match self.find_org(caller, &record.user.org).await {
            // A concealed organization has no tokens.
            Err(ServiceError::NotFound(_)) => return Err(missing().into()),
            found => found?,
        };
        let mandate = self.decide_on_accounts(caller, &Request::RevokeToken { root: root(&tree) })?;
        let revoked = self.guarded.revoke_token(mandate, jti).await?.ok_or_else(missing)?;
        if let Some(authority) = authority {
            authority.forget(jti);
        }
        Ok(revoked)
    }
}
