use ovgs_authz::Request;
use ovgs_domain::ComponentId;

use super::{SerialDetails, Service, ServiceError, finding::Found};
use crate::authn::Caller;

impl Service {
    /// What is known of a component.
    ///
    /// # Errors
    /// `NotFound`; `Denied` without REQUESTOR in any group it is in.
    pub async fn get_serial(
        &self,
        caller: &Caller,
        component: &ComponentId,
    ) -> Result<SerialDetails, ServiceError> {
        let found = self.find_component(caller, component).await?;
        let _grant = self.policy.decide(caller.user(), &Request::GetSerial { holder: found.holder() })?;
        Ok(self.serial_details(caller, found))
    }

    /// A component as the caller may see it.
    pub(super) fn serial_details(&self, caller: &Caller, found: Found) -> SerialDetails {
        let group_ids = self.policy.view(caller.user(), &found.org).group_ids(&found.component).into();
        SerialDetails { id: found.component.id, group_ids, facts: found.component.facts }
    }
}
