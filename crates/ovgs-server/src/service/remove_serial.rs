use ovgs_authz::{Request, Spot};
use ovgs_domain::{ComponentId, GroupId, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Takes a component out of a group, back to the root alone.
    ///
    /// # Errors
    /// `NotFound` for the component, then the group; `Denied` without ASSIGNER in the group; then the violations of
    /// [`commands::remove_serial`].
    pub async fn remove_serial(
        &self,
        caller: &Caller,
        component: &ComponentId,
        group: &GroupId,
    ) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let found = self.find_component(caller, component).await?;
            let org = self.find_group(caller, group).await?;
            let request = Request::RemoveSerial { group: Spot { org: &org, group } };
            let grant = self.policy.decide(caller.user(), &request)?;
            commands::remove_serial(&org, &found.component, group)?;
            Ok(self.guarded.place(grant, component, Some(group), None).await?)
        })
        .await
    }
}
