//! Users and tokens, with a fault.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{OrgId, User, UserType};
use ovgs_store::{Accounts, Stamp, StoreError, TokenRecord};

use super::{Broken, Fault};

#[async_trait]
impl Accounts for Broken {
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        self.inner.add_user(user, stamp).await
    }

    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        self.inner.remove_user(user, stamp).await
    }

    async fn is_registered(&self, user: &User) -> Result<bool, StoreError> {
        if self.has(Fault::MixesUpKinds) {
            for user_type in [UserType::User, UserType::ServiceAccount] {
                if self.inner.is_registered(&User { user_type, ..user.clone() }).await? {
                    return Ok(true);
                }
            }
        }
        self.inner.is_registered(user).await
    }

    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        if self.has(Fault::LosesUsers) && self.reopened {
            return Ok(Vec::new());
        }
        let skipped = usize::from(self.has(Fault::SkipsUsers) && after.is_some());
        let page = self.inner.users(org, after, limit.saturating_add(skipped)).await?;
        Ok(page.into_iter().skip(skipped).collect())
    }

    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError> {
        self.inner.add_token(token, stamp).await
    }

    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError> {
        self.inner.revoke_token(jti, stamp).await
    }

    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        self.notes.uses().extend(uses.iter().cloned());
        self.inner.tokens_used(uses).await
    }

    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError> {
        let jti = if self.has(Fault::FoldsTokens) { jti.to_lowercase() } else { jti.to_owned() };
        let mut token = self.inner.token(&jti).await?;
        if let (Fault::BelievesTheLast, Some(token)) = (self.fault, &mut token) {
            token.last_used_at = self.notes.uses().get(&jti).copied();
        }
        Ok(token)
    }

    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let skipped = usize::from(self.has(Fault::SkipsTokens) && after.is_some());
        let page = self.inner.tokens(org, after, limit.saturating_add(skipped)).await?;
        Ok(page.into_iter().skip(skipped).collect())
    }
}
