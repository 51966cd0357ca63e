use ovgs_authz::Request;
use ovgs_domain::{OrgId, User};

use super::{PAGE, Rows, root, rows};
use crate::{
    authn::Caller,
    service::{Service, ServiceError},
};

impl Service {
    /// The registered accounts of the caller's organization, in order, read in pages as the reader takes them.
    ///
    /// # Errors
    /// `NotFound` for the organization, `Denied` without ADMIN in its root group. The stream itself fails with what the
    /// store says.
    pub async fn list_users(&self, caller: &Caller, org: &OrgId) -> Result<Rows<User>, ServiceError> {
        let tree = self.find_org(caller, org).await?;
        let _grant = self.policy.decide(caller.user(), &Request::ListUsers { root: root(&tree) })?;
        let (guarded, org) = (self.guarded.clone(), org.clone());
        let fetch = move |after: Option<User>| {
            let (guarded, org) = (guarded.clone(), org.clone());
            async move { guarded.users(Some(&org), after.as_ref(), PAGE).await }
        };
        Ok(rows(fetch, User::clone))
    }
}
