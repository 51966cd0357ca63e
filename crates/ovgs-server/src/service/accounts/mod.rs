//! What an organization does with its own accounts: the calls of `ovgs.accounts.v1.AccountService`.
//!
//! All of them take an ADMIN of the organization's root group, of that very organization. What only the vendor gives
//! (SUPPORT, provisioning) no ADMIN takes or lends.

mod issue_token;
mod list_tokens;
mod list_users;
mod register_user;
mod remove_user;
mod revoke_token;
mod terms;

use std::sync::Arc;

use futures_util::{
    StreamExt as _, TryStreamExt as _,
    stream::{self, BoxStream},
};
use ovgs_authz::{Grant, Mandate, Power, Request, Spot};
use ovgs_domain::{Org, OrgId, Role, User};
use ovgs_store::StoreError;

pub use self::{
    issue_token::TokenOrder,
    terms::{AccountTerms, TokenTtl},
};
use super::{NotFound, Service, ServiceError};
use crate::authn::Caller;

/// Rows of one page.
const PAGE: usize = 500;

/// Rows as they are read, page by page.
type Rows<T> = BoxStream<'static, Result<T, ServiceError>>;

impl Service {
    /// The tree of an organization whose accounts are meant.
    async fn find_org(&self, caller: &Caller, org: &OrgId) -> Result<Arc<Org>, ServiceError> {
        let missing = || NotFound::Org(org.clone());
        let revision = self.guarded.revision(org).await?.ok_or_else(missing)?;
        Ok(self.tree(caller, org, revision).await?.ok_or_else(missing)?)
    }

    /// Decides about a call that writes accounts.
    fn decide_on_accounts(&self, caller: &Caller, request: &Request<'_>) -> Result<Mandate, ServiceError> {
        mandate(self.policy.decide(caller.user(), request)?)
    }

    /// What an account could lend to whoever gets hold of it.
    async fn power_of(&self, user: &User) -> Result<Power, ServiceError> {
        if self.principals.contains(user) {
            return Ok(Power::Vendors);
        }
        if !self.policy.in_support(user) {
            return Ok(Power::Ordinary);
        }
        for (id, revision) in self.guarded.orgs_of_member(user).await? {
            let tree = self.trees.at(&id, revision).await?;
            if tree.is_some_and(|tree| tree.assignments(user).any(|(_, role)| role == Role::Support)) {
                return Ok(Power::Vendors);
            }
        }
        Ok(Power::Ordinary)
    }
}

fn root(tree: &Org) -> Spot<'_> {
    Spot { org: tree, group: tree.root() }
}

fn mandate(grant: Grant) -> Result<Mandate, ServiceError> {
    grant.into_account_mandate().ok_or_else(|| ServiceError::internal("a grant that is not about accounts"))
}

/// All rows of a list that is read in pages after a key.
fn rows<T, K, F>(fetch: impl Fn(Option<K>) -> F + Send + 'static, key: fn(&T) -> K) -> Rows<T>
where
    T: Send + 'static,
    K: Send + 'static,
    F: Future<Output = Result<Vec<T>, StoreError>> + Send + 'static,
{
    let pages = stream::try_unfold((Some(None), fetch), move |(after, fetch)| async move {
        let Some(after) = after else { return Ok::<_, ServiceError>(None) };
        let page = fetch(after).await?;
        let next = page.last().filter(|_| page.len() == PAGE).map(|last| Some(key(last)));
        Ok(Some((stream::iter(page).map(Ok), (next, fetch))))
    });
    pages.try_flatten().boxed()
}
