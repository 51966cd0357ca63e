use ovgs_authz::{Request, Spot};
use ovgs_domain::{Delegate, GroupId, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Takes a delegation back.
    ///
    /// # Errors
    /// `NotFound` for the group, `Denied` unless the caller is ADMIN in the root and of the owner, then the violations
    /// of [`commands::remove_group_delegated_org`].
    pub async fn remove_group_delegated_org(
        &self,
        caller: &Caller,
        group: &GroupId,
        delegate: Delegate,
    ) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let request = Request::RemoveGroupDelegatedOrg { group: Spot { org: &turn.org, group } };
            let grant = self.policy.decide(caller.user(), &request)?;
            let change = commands::remove_group_delegated_org(&turn.org, group, delegate.clone())?;
            self.commit(&turn, grant, &change).await
        })
        .await
    }
}
