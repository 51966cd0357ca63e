use ovgs_authz::{Request, Spot};
use ovgs_domain::commands::{self, Membership};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Gives a user a role in a group.
    ///
    /// # Errors
    /// `NotFound` for the group, `Denied` without ADMIN (for SUPPORT without SUPPORT, for users of other organizations
    /// to a delegated caller), `NotFound` for the user's organization (with `users.strict` also for the user), then the
    /// violations of [`commands::add_user_role`].
    pub async fn add_user_role(&self, caller: &Caller, membership: Membership) -> Result<(), ServiceError> {
        let Membership { group, user, role } = &membership;
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let request = Request::AddUserRole { group: Spot { org: &turn.org, group }, user, role: *role };
            let grant = self.policy.decide(caller.user(), &request)?;
            let in_support = self.policy.in_support(user);
            commands::may_hold(&turn.org, &membership, in_support)?;
            self.user_exists(user).await?;
            let change = commands::add_user_role(&turn.org, membership.clone(), in_support)?;
            self.commit(&turn, grant, &change).await
        })
        .await
    }
}
