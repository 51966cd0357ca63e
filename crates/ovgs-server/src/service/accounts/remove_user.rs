use ovgs_authz::{Mandate, Request};
use ovgs_domain::{Change, OrgId, Revision, User};

use super::root;
use crate::{
    authn::{Caller, TokenAuthority},
    service::{NotFound, Service, ServiceError},
};

impl Service {
    /// Removes an account of the caller's organization with all of its roles, in other organizations too, and all of its
    /// tokens, which `authority` forgets at once.
    ///
    /// The tokens go first: should anything break off, who was removed is out already, and the call can be repeated.
    ///
    /// # Errors
    /// `NotFound` for the organization, `Denied` without ADMIN in its root group and for an account that has power of
    /// the vendor's, `NotFound` for an account that is neither registered nor holds a role.
    pub async fn remove_user(
        &self,
        caller: &Caller,
        authority: Option<&TokenAuthority>,
        user: &User,
    ) -> Result<(), ServiceError> {
        let tree = self.find_org(caller, &user.org).await?;
        let request = Request::RemoveUser { root: root(&tree), power: self.power_of(user).await? };
        let account = self.decide_on_accounts(caller, &request)?;
        // A mandate of its own, for an ADMIN that removes itself may not decide any more once its role is gone.
        let roles = self.decide_on_accounts(caller, &request)?;
        let known = self.guarded.remove_user(account, user).await?;
        if let Some(authority) = authority {
            authority.forget_all();
        }
        let mut taken = 0;
        for (org, revision) in self.guarded.orgs_of_member(user).await? {
            taken += self.take_roles(&roles, &org, revision, user).await?;
        }
        if known || taken > 0 { Ok(()) } else { Err(NotFound::User(user.clone()).into()) }
    }

    /// Takes all roles of a user in one organization, and counts them.
    async fn take_roles(
        &self,
        mandate: &Mandate,
        org: &OrgId,
        revision: Revision,
        user: &User,
    ) -> Result<usize, ServiceError> {
        let mut taken = 0;
        while self.until_uncontended(|| self.take_role(mandate, org, revision, user)).await? {
            taken += 1;
        }
        Ok(taken)
    }

    /// Takes one role of a user in one organization. `false` if there is none left.
    async fn take_role(
        &self,
        mandate: &Mandate,
        org: &OrgId,
        revision: Revision,
        user: &User,
    ) -> Result<bool, ServiceError> {
        let revision = self.guarded.revision(org).await?.unwrap_or(revision);
        let Some(turn) = self.trees.turn(org, revision).await? else { return Ok(false) };
        let first = turn.org.assignments(user).next().map(|(group, _)| group.clone());
        let Some(group) = first else { return Ok(false) };
        let change = Change::RoleRemoved { group, user: user.clone() };
        self.commit(&turn, mandate.grant(&turn.org), &change).await?;
        Ok(true)
    }
}
