use ovgs_authz::Request;
use ovgs_domain::CertId;

use super::{DomainCertDetails, NotFound, Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// A domain certificate, its bytes exactly as they were given.
    ///
    /// # Errors
    /// `NotFound`; `Denied` without REQUESTOR in its group.
    pub async fn get_domain_cert(
        &self,
        caller: &Caller,
        id: &CertId,
    ) -> Result<DomainCertDetails, ServiceError> {
        let found = self.find_cert(caller, id).await?;
        let _grant = self.policy.decide(caller.user(), &Request::GetDomainCert { group: found.spot() })?;
        // Between the two reads the certificate may have been deleted.
        let der = self.guarded.certificate(id).await?.ok_or_else(|| NotFound::Cert(id.clone()))?;
        Ok(DomainCertDetails {
            id: found.cert.id,
            group: found.group,
            der,
            revocation_checks: found.cert.revocation_checks,
            expiry_time: found.cert.expiry_time,
        })
    }
}
