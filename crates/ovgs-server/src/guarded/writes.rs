//! Writes, open to those who bring the proof of a decision.

use ovgs_authz::{Grant, Mandate};
use ovgs_domain::{
    Author, Change, Component, ComponentId, Description, GroupId, IssuedVoucher, OrgId, User, floor_to_micros,
};
use ovgs_store::{Correction, Placement, Stamp, StoreError, TokenRecord};

use super::Guarded;

type Result<T> = std::result::Result<T, StoreError>;

impl Guarded {
    /// Takes one step of a tree. Organization, expected revision and author come from the grant, so there is nothing
    /// left to mix up.
    pub(crate) async fn commit(&self, grant: Grant, change: &Change) -> Result<()> {
        self.store.commit(grant.org(), grant.revision(), change, &self.stamp(grant.author())).await
    }

    /// Moves a component of the grant's organization.
    pub(crate) async fn place(
        &self,
        grant: Grant,
        component: &ComponentId,
        from: Option<&GroupId>,
        to: Option<&GroupId>,
    ) -> Result<()> {
        let placement = Placement {
            component: component.clone(),
            org: grant.org().clone(),
            from: from.cloned(),
            to: to.cloned(),
        };
        self.store.place(&placement, &self.stamp(grant.author())).await
    }

    /// Makes the records of vouchers durable. Each grant is the one its voucher was issued under.
    pub(crate) async fn append(&self, vouchers: Vec<(Grant, IssuedVoucher)>) -> Result<()> {
        let records: Vec<IssuedVoucher> = vouchers.into_iter().map(|(_, voucher)| voucher).collect();
        self.store.append(&records).await
    }

    pub(crate) async fn create_org(
        &self,
        mandate: Mandate,
        org: &OrgId,
        description: &Description,
    ) -> Result<bool> {
        self.store.create_org(org, description, &self.stamp(mandate.author())).await
    }

    /// Deletes the organization the grant is for.
    pub(crate) async fn delete_org(&self, grant: Grant) -> Result<()> {
        self.store.delete_org(grant.org(), grant.revision(), &self.stamp(grant.author())).await
    }

    pub(crate) async fn add_user(&self, mandate: Mandate, user: &User) -> Result<bool> {
        self.store.add_user(user, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn remove_user(&self, mandate: Mandate, user: &User) -> Result<bool> {
        self.store.remove_user(user, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn add_token(&self, mandate: Mandate, token: &TokenRecord) -> Result<()> {
        self.store.add_token(token, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn revoke_token(&self, mandate: Mandate, jti: &str) -> Result<Option<bool>> {
        self.store.revoke_token(jti, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn ingest(
        &self,
        mandate: Mandate,
        new: &[Component],
        corrections: &[Correction],
    ) -> Result<()> {
        self.store.ingest(new, corrections, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn refresh_statistics(&self, _mandate: Mandate) -> Result<()> {
        self.store.refresh_statistics().await
    }

    pub(crate) async fn retire(&self, mandate: Mandate, component: &ComponentId, org: &OrgId) -> Result<()> {
        self.store.retire(component, org, &self.stamp(mandate.author())).await
    }

    pub(crate) async fn transfer(
        &self,
        mandate: Mandate,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
    ) -> Result<()> {
        self.store.transfer(component, from, to, &self.stamp(mandate.author())).await
    }

    fn stamp(&self, author: &Author) -> Stamp {
        Stamp { author: author.clone(), at: floor_to_micros(self.clock.now()) }
    }
}
