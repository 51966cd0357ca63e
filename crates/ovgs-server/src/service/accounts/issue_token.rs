use ovgs_authz::Request;
use ovgs_domain::{OrgId, User, UserType, Username};

use super::{TokenTtl, root};
use crate::{
    authn::{Caller, IssuedToken, TokenAuthority, TokenRequest},
    service::{NotFound, Service, ServiceError},
};

/// A token that is wanted for a service account. People's tokens cannot be ordered: an ADMIN must not act as one of them.
#[derive(Clone, Debug)]
pub struct TokenOrder {
    /// Whose service account.
    pub org: OrgId,
    /// Its name.
    pub username: Username,
    /// For how long.
    pub ttl: TokenTtl,
    /// The client certificate it is bound to, DER (RFC 8705 §3).
    pub bind: Option<Vec<u8>>,
}

impl Service {
    /// Issues a token for a registered service account of the caller's organization. Nothing keeps the token itself.
    ///
    /// # Errors
    /// `NotFound` for the organization, `Denied` without ADMIN in its root group and for an account that has power of
    /// the vendor's, `NotFound` for one that is not registered, `NoTokens` without an `authority`.
    pub async fn issue_token(
        &self,
        caller: &Caller,
        authority: Option<&TokenAuthority>,
        order: TokenOrder,
    ) -> Result<IssuedToken, ServiceError> {
        let TokenOrder { org, username, ttl, bind } = order;
        let account = User { org, username, user_type: UserType::ServiceAccount };
        let tree = self.find_org(caller, &account.org).await?;
        let power = self.power_of(&account).await?;
        let mandate = self.decide_on_accounts(caller, &Request::IssueToken { root: root(&tree), power })?;
        if !self.guarded.is_registered(&account).await? {
            return Err(NotFound::User(account).into());
        }
        let authority = authority.ok_or(ServiceError::NoTokens)?;
        let request = TokenRequest { user: account, ttl: ttl.get(), bind };
        let issued = authority.issue(request, self.ids.uuid(), self.clock.now());
        let issued = issued.map_err(ServiceError::internal)?;
        self.guarded.add_token(mandate, &issued.record).await?;
        Ok(issued)
    }
}
