use ovgs_authz::{Request, Spot};
use ovgs_domain::{GroupId, commands};
use ovgs_store::Within;

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Deletes an empty group.
    ///
    /// # Errors
    /// `NotFound`, `Denied` without ADMIN in its parent, then the violations of [`commands::delete_group`].
    pub async fn delete_group(&self, caller: &Caller, group: &GroupId) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let org = &turn.org;
            let request = Request::DeleteGroup { group: Spot { org, group } };
            let grant = self.policy.decide(caller.user(), &request)?;
            let within = Within { org: org.id().clone(), group: Some(group.clone()) };
            let components = self.guarded.tally(&within, u64::MAX).await?.components;
            let view = self.policy.view(caller.user(), org);
            let change = commands::delete_group(org, group, components, |user| view.sees_user(user, group))?;
            self.commit(&turn, grant, &change).await
        })
        .await
    }
}
