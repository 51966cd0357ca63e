//! Lists, page by page, so that memory does not grow with them.

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use ovgs_domain::{Component, ComponentId, OrgId, User};
use ovgs_store::{OrgSummary, StoreError, TokenRecord, Within};

use super::{Provisioning, ProvisioningError};

/// Rows of one page.
pub(super) const PAGE: usize = 1_000;

/// Rows as they are read, page by page.
pub type Rows<'a, T> = BoxStream<'a, Result<T, ProvisioningError>>;

/// All rows of a list that is read in pages after a key.
pub(super) fn rows<'a, T, K, F>(fetch: impl Fn(Option<K>) -> F + Send + 'a, key: fn(&T) -> K) -> Rows<'a, T>
where
    T: Send + 'a,
    K: Send + 'a,
    F: Future<Output = Result<Vec<T>, StoreError>> + Send + 'a,
{
    let pages = stream::unfold((Some(None), fetch), move |(after, fetch)| async move {
        let page = match fetch(after?).await {
            Ok(page) => page,
            Err(error) => return Some((vec![Err(error.into())], (None, fetch))),
        };
        let next = page.last().filter(|_| page.len() == PAGE).map(|last| Some(key(last)));
        Some((page.into_iter().map(Ok).collect(), (next, fetch)))
    });
    pages.flat_map(stream::iter).boxed()
}

impl Provisioning {
    /// All organizations, in order.
    pub fn orgs(&self) -> Rows<'static, OrgSummary> {
        let guarded = self.guarded.clone();
        let fetch = move |after: Option<OrgId>| {
            let guarded = guarded.clone();
            async move { guarded.orgs(after.as_ref(), PAGE).await }
        };
        rows(fetch, |org| org.id.clone())
    }

    /// The registered users of an organization, or of all, in order.
    pub fn users(&self, org: Option<OrgId>) -> Rows<'static, User> {
        let guarded = self.guarded.clone();
        let fetch = move |after: Option<User>| {
            let (guarded, org) = (guarded.clone(), org.clone());
            async move { guarded.users(org.as_ref(), after.as_ref(), PAGE).await }
        };
        rows(fetch, User::clone)
    }

    /// The tokens of an organization's users, or of all, in order of their ids.
    pub fn tokens(&self, org: Option<OrgId>) -> Rows<'static, TokenRecord> {
        let guarded = self.guarded.clone();
        let fetch = move |after: Option<String>| {
            let (guarded, org) = (guarded.clone(), org.clone());
            async move { guarded.tokens(org.as_ref(), after.as_deref(), PAGE).await }
        };
        rows(fetch, |token| token.jti.clone())
    }

    /// The parts of an organization, in order.
    pub fn components(&self, org: OrgId) -> Rows<'static, Component> {
        let (guarded, within) = (self.guarded.clone(), Within { org, group: None });
        let fetch = move |after: Option<ComponentId>| {
            let (guarded, within) = (guarded.clone(), within.clone());
            async move { guarded.components_in(&within, after.as_ref(), PAGE).await }
        };
        rows(fetch, |component| component.id.clone())
    }

    /// Refuses an organization that is not there, before a list of what is in it.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org).
    pub async fn known_org(&self, org: Option<&OrgId>) -> Result<(), ProvisioningError> {
        match org {
            Some(org) => self.org_exists(org).await,
            None => Ok(()),
        }
    }

    /// How many users of an organization are registered.
    pub(super) async fn registered(&self, org: &OrgId) -> Result<usize, ProvisioningError> {
        let mut users = self.users(Some(org.clone()));
        let mut count = 0;
        while let Some(user) = users.next().await {
            user?;
            count += 1;
        }
        Ok(count)
    }
}
