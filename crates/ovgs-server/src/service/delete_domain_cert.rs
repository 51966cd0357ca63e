use ovgs_authz::{Request, Spot};
use ovgs_domain::{CertId, commands};

use super::{NotFound, Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Deletes a domain certificate; vouchers that pin it stay as they are.
    ///
    /// # Errors
    /// `NotFound`; `Denied` without ASSIGNER in its group.
    pub async fn delete_domain_cert(&self, caller: &Caller, id: &CertId) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let at = self.find_cert(caller, id).await?;
            let turn = self.turn_at_group(caller, &at.group).await?;
            let (group, cert) = turn.org.cert(id).ok_or_else(|| NotFound::Cert(id.clone()))?;
            let request = Request::DeleteDomainCert { group: Spot { org: &turn.org, group: group.id() } };
            let grant = self.policy.decide(caller.user(), &request)?;
            self.commit(&turn, grant, &commands::delete_domain_cert(group, cert)).await
        })
        .await
    }
}
