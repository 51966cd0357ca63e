use ovgs_authz::{Request, Spot};
use ovgs_domain::{
    CertId,
    commands::{self, NewDomainCert},
};
use tracing::warn;

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Adds a domain certificate to a group and answers its id.
    ///
    /// # Errors
    /// `NotFound` for the group, `Denied` without ASSIGNER in it, then the violations of
    /// [`commands::create_domain_cert`].
    pub async fn create_domain_cert(
        &self,
        caller: &Caller,
        new: NewDomainCert,
    ) -> Result<CertId, ServiceError> {
        let id = CertId::parse(&format!("cert-{}", self.ids.uuid())).map_err(ServiceError::internal)?;
        let group = &new.group;
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let request = Request::CreateDomainCert { group: Spot { org: &turn.org, group } };
            let grant = self.policy.decide(caller.user(), &request)?;
            let change = commands::create_domain_cert(&turn.org, id.clone(), new.clone())?;
            self.commit(&turn, grant, &change).await
        })
        .await?;
        self.warn_of(&id, &new);
        Ok(id)
    }

    /// What is accepted, but may keep a device from booting.
    fn warn_of(&self, id: &CertId, new: &NewDomainCert) {
        let not_before = new.certificate.not_before();
        if not_before > self.clock.now() {
            warn!(cert_id = %id, %not_before, "the domain certificate is not valid yet");
        }
        if new.revocation_checks && !new.certificate.names_revocation_source() {
            warn!(
                cert_id = %id,
                "devices shall check revocation, but the domain certificate names neither a CRL nor an OCSP address"
            );
        }
    }
}
