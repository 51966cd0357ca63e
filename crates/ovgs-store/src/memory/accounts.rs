//! Users and tokens.

use std::ops::Bound::{Excluded, Unbounded};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{Event, OrgId, User, floor_to_micros};

use super::MemoryStore;
use crate::{Accounts, Stamp, StoreError, TokenRecord};

#[async_trait]
impl Accounts for MemoryStore {
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        let mut state = self.state();
        if !state.trees.contains_key(&user.org) {
            return Err(StoreError::Conflict);
        }
        let new = state.users.insert(user.clone());
        if new {
            state.record(stamp, Event::UserAdded { user: user.clone() });
        }
        Ok(new)
    }

    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        let mut state = self.state();
        // Only registered users have tokens.
        state.tokens.retain(|_, token| token.user != *user);
        let known = state.users.remove(user);
        if known {
            state.record(stamp, Event::UserRemoved { user: user.clone() });
        }
        Ok(known)
    }

    async fn is_registered(&self, user: &User) -> Result<bool, StoreError> {
        Ok(self.state().users.contains(user))
    }

    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let state = self.state();
        let later = state.users.range((after.map_or(Unbounded, Excluded), Unbounded));
        Ok(later.filter(|user| org.is_none_or(|org| user.org == *org)).take(limit).cloned().collect())
    }

    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError> {
        let mut state = self.state();
        if !state.users.contains(&token.user) || state.tokens.contains_key(&token.jti) {
            return Err(StoreError::Conflict);
        }
        let token = floored(token);
        let (jti, user, expires_at) = (token.jti.clone(), token.user.clone(), token.expires_at);
        state.tokens.insert(token.jti.clone(), token);
        state.record(stamp, Event::TokenIssued { jti, user, expires_at });
        Ok(())
    }

    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError> {
        let mut state = self.state();
        let Some(token) = state.tokens.get_mut(jti) else { return Ok(None) };
        if token.revoked_at.is_some() {
            return Ok(Some(false));
        }
        token.revoked_at = Some(floor_to_micros(stamp.at));
        let user = token.user.clone();
        state.record(stamp, Event::TokenRevoked { jti: jti.into(), user });
        Ok(Some(true))
    }

    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (jti, at) in uses {
            if let Some(token) = state.tokens.get_mut(jti) {
                token.last_used_at = token.last_used_at.max(Some(floor_to_micros(*at)));
            }
        }
        Ok(())
    }

    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError> {
        Ok(self.state().tokens.get(jti).cloned())
    }

    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let state = self.state();
        let later = state.tokens.range::<str, _>((after.map_or(Unbounded, Excluded), Unbounded));
        let wanted = later.filter(|(_, token)| org.is_none_or(|org| token.user.org == *org));
        Ok(wanted.take(limit).map(|(_, token)| token.clone()).collect())
    }
}

fn floored(token: &TokenRecord) -> TokenRecord {
    TokenRecord {
        issued_at: floor_to_micros(token.issued_at),
        expires_at: floor_to_micros(token.expires_at),
        revoked_at: token.revoked_at.map(floor_to_micros),
        last_used_at: token.last_used_at.map(floor_to_micros),
        ..token.clone()
    }
}
