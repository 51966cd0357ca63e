use ovgs_authz::{Request, Spot};
use ovgs_domain::{ComponentId, GroupId, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Moves a component into a group, out of its present one if there is any.
    ///
    /// # Errors
    /// `NotFound` for the component, then the group; `Denied` without ASSIGNER in the group, then in the component's
    /// present one; then the violations of [`commands::add_serial`].
    pub async fn add_serial(
        &self,
        caller: &Caller,
        component: &ComponentId,
        group: &GroupId,
    ) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let found = self.find_component(caller, component).await?;
            let org = self.find_group(caller, group).await?;
            let request = Request::AddSerial { group: Spot { org: &org, group }, holder: found.holder() };
            let grant = self.policy.decide(caller.user(), &request)?;
            commands::add_serial(&org, &found.component, group)?;
            Ok(self.guarded.place(grant, component, found.component.group.as_ref(), Some(group)).await?)
        })
        .await
    }
}
