use ovgs_authz::Request;
use ovgs_domain::OrgId;
use ovgs_store::TokenRecord;

use super::{PAGE, Rows, root, rows};
use crate::{
    authn::Caller,
    service::{Service, ServiceError},
};

impl Service {
    /// What is known of the tokens of the caller's organization, in order of their ids, read in pages as the reader takes
    /// them.
    ///
    /// # Errors
    /// `NotFound` for the organization, `Denied` without ADMIN in its root group. The stream itself fails with what the
    /// store says.
    pub async fn list_tokens(&self, caller: &Caller, org: &OrgId) -> Result<Rows<TokenRecord>, ServiceError> {
        let tree = self.find_org(caller, org).await?;
        let _grant = self.policy.decide(caller.user(), &Request::ListTokens { root: root(&tree) })?;
        let (guarded, org) = (self.guarded.clone(), org.clone());
        let fetch = move |after: Option<String>| {
            let (guarded, org) = (guarded.clone(), org.clone());
            async move { guarded.tokens(Some(&org), after.as_deref(), PAGE).await }
        };
        Ok(rows(fetch, |token| token.jti.clone()))
    }
}
