use ovgs_authz::{Request, Spot};
use ovgs_domain::{GroupId, User, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Takes a user's role in a group away; one's own may be taken too.
    ///
    /// # Errors
    /// `NotFound` for the group, `Denied` without ADMIN (for SUPPORT without SUPPORT, for users of other organizations
    /// to a delegated caller), then the violations of [`commands::remove_user_role`].
    pub async fn remove_user_role(
        &self,
        caller: &Caller,
        group: &GroupId,
        user: &User,
    ) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let request = Request::RemoveUserRole { group: Spot { org: &turn.org, group }, user };
            let grant = self.policy.decide(caller.user(), &request)?;
            let change = commands::remove_user_role(&turn.org, group, user)?;
            self.commit(&turn, grant, &change).await
        })
        .await
    }
}
