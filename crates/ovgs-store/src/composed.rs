//! One store made of ports that live in different places.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use ovgs_domain::{
    CertId, Change, Component, ComponentId, Description, GroupId, Ien, IssuedVoucher, Org, OrgId, Revision,
    SerialNumber, User, commands::Namesake,
};

use crate::{
    Accounts, Correction, EventFilter, Inventory, Journal, JournaledVoucher, OrgSummary, Organizations,
    Placement, Position, RecordedEvent, Stamp, Store, StoreError, Tally, TokenRecord, VoucherFilter, Within,
};

/// A [`Store`] of four ports, each of which may live somewhere else: a vendor whose parts are in an ERP brings its own
/// [`Inventory`] and takes the rest from here.
///
/// Parts that live in different places share no transaction. A component placed in a group that is deleted at the same
/// moment may then stay behind in a group that is no more, which counts as no placement.
///
/// ```
/// use std::sync::Arc;
/// use ovgs_store::{Composed, MemoryStore};
///
/// let ours = Arc::new(MemoryStore::new());
/// let parts = Arc::new(MemoryStore::new()); // or the vendor's own
/// let store = Composed::new(ours.clone(), parts, ours.clone(), ours);
/// ```
#[derive(Clone, Debug)]
pub struct Composed {
    organizations: Arc<dyn Organizations>,
    inventory: Arc<dyn Inventory>,
    journal: Arc<dyn Journal>,
    accounts: Arc<dyn Accounts>,
}

impl Composed {
    /// Makes one store of four ports.
    #[must_use]
    pub fn new(
        organizations: Arc<dyn Organizations>,
        inventory: Arc<dyn Inventory>,
        journal: Arc<dyn Journal>,
        accounts: Arc<dyn Accounts>,
    ) -> Composed {
        Composed { organizations, inventory, journal, accounts }
    }
}

impl Store for Composed {}

#[async_trait]
impl Organizations for Composed {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        self.organizations.org(id).await
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        self.organizations.revision(id).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        self.organizations.changes_since(id, since).await
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.organizations.org_of_group(id).await
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.organizations.org_of_cert(id).await
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        self.organizations.orgs_of_member(user).await
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.organizations.certificate(id).await
    }

    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.organizations.commit(org, expected, change, stamp).await
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        self.organizations.create_org(id, description, stamp).await
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        self.organizations.delete_org(id, expected, stamp).await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        self.organizations.orgs(after, limit).await
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        self.organizations.delegators(delegate).await
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        self.organizations.employers(org).await
    }
}

#[async_trait]
impl Inventory for Composed {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        self.inventory.components(ids).await
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        self.inventory.namesakes(serials).await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        self.inventory.components_in(within, after, limit).await
    }

    fn listing<'a>(
        &'a self,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
        self.inventory.listing(within, after)
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        self.inventory.tally(within, limit).await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        self.inventory.place(placement, stamp).await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.inventory.ingest(new, corrections, stamp).await
    }

    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError> {
        self.inventory.retire(component, org, stamp).await
    }

    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.inventory.transfer(component, from, to, stamp).await
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        self.inventory.iens().await
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        self.inventory.refresh_statistics().await
    }
}

#[async_trait]
impl Journal for Composed {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        self.journal.append(vouchers).await
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        self.journal.vouchers(filter, after, limit).await
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.journal.events(filter, after, limit).await
    }
}

#[async_trait]
impl Accounts for Composed {
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        self.accounts.add_user(user, stamp).await
    }

    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        self.accounts.remove_user(user, stamp).await
    }

    async fn is_registered(&self, user: &User) -> Result<bool, StoreError> {
        self.accounts.is_registered(user).await
    }

    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        self.accounts.users(org, after, limit).await
    }

    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError> {
        self.accounts.add_token(token, stamp).await
    }

    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError> {
        self.accounts.revoke_token(jti, stamp).await
    }

    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        self.accounts.tokens_used(uses).await
    }

    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError> {
        self.accounts.token(jti).await
    }

    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        self.accounts.tokens(org, after, limit).await
    }
}
