use ovgs_authz::{Request, Spot};
use ovgs_domain::{Description, GroupId, commands};

use super::{Service, ServiceError};
use crate::authn::Caller;

impl Service {
    /// Makes a group under a parent and answers its id.
    ///
    /// # Errors
    /// `NotFound` for the parent, `Denied` without ADMIN in it, then the violations of
    /// [`commands::create_group`].
    pub async fn create_group(
        &self,
        caller: &Caller,
        parent: &GroupId,
        description: Description,
    ) -> Result<GroupId, ServiceError> {
        let id = GroupId::parse(&format!("group-{}", self.ids.uuid())).map_err(ServiceError::internal)?;
        self.until_uncontended(|| async {
            let turn = self.turn_at_group(caller, parent).await?;
            let request = Request::CreateGroup { parent: Spot { org: &turn.org, group: parent } };
            let grant = self.policy.decide(caller.user(), &request)?;
            let change = commands::create_group(&turn.org, parent, id.clone(), description.clone())?;
            self.commit(&turn, grant, &change).await
        })
        .await?;
        Ok(id)
    }
}
