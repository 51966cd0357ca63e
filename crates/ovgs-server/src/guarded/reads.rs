//! Reads, open to every use case.

use std::sync::Arc;

use futures_util::stream::BoxStream;
use ovgs_domain::{
    CertId, Change, Component, ComponentId, GroupId, Ien, Org, OrgId, Revision, SerialNumber, User,
    commands::Namesake,
};
use ovgs_store::{
    EventFilter, JournaledVoucher, Located, OrgSummary, Position, RecordedEvent, StoreError, Tally,
    TokenRecord, VoucherFilter, Within,
};

use super::Guarded;

type Result<T> = std::result::Result<T, StoreError>;

/// Each is the store's read of that name.
impl Guarded {
    pub(crate) async fn org(&self, id: &OrgId) -> Result<Option<Org>> {
        self.store.org(id).await
    }

    pub(crate) async fn revision(&self, id: &OrgId) -> Result<Option<Revision>> {
        self.store.revision(id).await
    }

    pub(crate) async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>> {
        self.store.changes_since(id, since).await
    }

    pub(crate) async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>> {
        self.store.org_of_group(id).await
    }

    pub(crate) async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>> {
        self.store.org_of_cert(id).await
    }

    pub(crate) async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>> {
        self.store.orgs_of_member(user).await
    }

    pub(crate) async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>> {
        self.store.certificate(id).await
    }

    pub(crate) async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>> {
        self.store.orgs(after, limit).await
    }

    pub(crate) async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>> {
        self.store.delegators(delegate).await
    }

    pub(crate) async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>> {
        self.store.employers(org).await
    }

    pub(crate) async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>> {
        self.store.locate(ids).await
    }

    pub(crate) async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>> {
        self.store.components(ids).await
    }

    pub(crate) async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>> {
        self.store.namesakes(serials).await
    }

    pub(crate) async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>> {
        self.store.components_in(within, after, limit).await
    }

    pub(crate) fn listing<'a>(
        &'a self,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>>> {
        self.store.listing(within, after)
    }

    pub(crate) async fn tally(&self, within: &Within, limit: u64) -> Result<Tally> {
        self.store.tally(within, limit).await
    }

    pub(crate) async fn iens(&self) -> Result<Vec<Ien>> {
        self.store.iens().await
    }

    pub(crate) async fn is_registered(&self, user: &User) -> Result<bool> {
        self.store.is_registered(user).await
    }

    pub(crate) async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>> {
        self.store.users(org, after, limit).await
    }

    pub(crate) async fn token(&self, jti: &str) -> Result<Option<TokenRecord>> {
        self.store.token(jti).await
    }

    pub(crate) async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>> {
        self.store.tokens(org, after, limit).await
    }

    pub(crate) async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>> {
        self.store.vouchers(filter, after, limit).await
    }

    pub(crate) async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>> {
        self.store.events(filter, after, limit).await
    }
}
