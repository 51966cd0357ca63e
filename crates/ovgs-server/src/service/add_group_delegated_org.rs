use ovgs_authz::{Request, Spot};
use ovgs_domain::{Delegate, GroupId, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Lets users of another organization, or of any, be given roles in a group and below.
    ///
    /// # Errors
    /// `NotFound` for the group, `Denied` unless the caller is ADMIN in the root and of the owner, `NotFound` for the
    /// organization, then the violations of [`commands::add_group_delegated_org`].
    pub async fn add_group_delegated_org(
        &self,
        caller: &Caller,
        group: &GroupId,
        delegate: Delegate,
    ) -> Result<(), ServiceError> {
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, group).await?;
            let request = Request::AddGroupDelegatedOrg { group: Spot { org: &turn.org, group } };
            let grant = self.policy.decide(caller.user(), &request)?;
            if let Delegate::Org(org) = &delegate {
                self.org_exists(org).await?;
            }
            let change = commands::add_group_delegated_org(&turn.org, group, delegate.clone())?;
            self.commit(&turn, grant, &change).await
        })
        .await
    }
}
