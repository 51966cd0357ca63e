use std::collections::BTreeMap;

use ovgs_domain::{GroupId, Role, User};

use super::{NotFound, Service, ServiceError, error::RAISE_THE_LIMIT, sizes};
use crate::authn::Caller;

impl Service {
    /// Where a user holds which role directly, as far as the caller may see it.
    ///
    /// # Errors
    /// `NotFound` for a user of the caller's own organization whom the service does not know. Of a user of another
    /// organization the caller learns nothing but what it may see. `TooLarge` for roles in very many groups.
    pub async fn get_user_role(
        &self,
        caller: &Caller,
        user: &User,
    ) -> Result<BTreeMap<GroupId, Role>, ServiceError> {
        let employers = self.guarded.orgs_of_member(user).await?;
        if employers.is_empty() {
            self.is_known(caller, user).await?;
        }
        let mut roles = BTreeMap::new();
        for (id, revision) in employers {
            let Some(org) = self.trees.at(&id, revision).await? else { continue };
            let view = self.policy.view(caller.user(), &org);
            roles.extend(view.assignments(user).map(|(group, role)| (group.clone(), role)));
        }
        let limit = self.limits.max_response_bytes;
        match sizes::roles(&roles) <= limit {
            true => Ok(roles),
            false => Err(ServiceError::TooLarge { limit, way_out: RAISE_THE_LIMIT.into() }),
        }
    }

    /// Whether a user without any role may be spoken of.
    async fn is_known(&self, caller: &Caller, user: &User) -> Result<(), ServiceError> {
        let elsewhere = user.org != caller.user().org;
        if elsewhere || user == caller.user() || self.guarded.is_registered(user).await? {
            return Ok(());
        }
        Err(NotFound::User(user.clone()).into())
    }
}
