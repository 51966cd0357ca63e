//! Users and tokens.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{Event, OrgId, User, floor_to_micros};
use ovgs_store::{Accounts, Stamp, StoreError, TokenRecord, json::Json};

use crate::{
    RedbStore,
    store::record,
    tables::{Go, Rows, TOKENS, TOKENS_OF, USERS, key, nth, put, remove, user_key},
};

#[async_trait]
impl Accounts for RedbStore {
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        let (user, stamp) = (user.clone(), stamp.clone());
        self.write(move |tx| {
            if tx.revision_of(&user.org)?.is_none() {
                return Err(StoreError::Conflict);
            }
            if tx.value(USERS, &user_key(&user))?.is_some() {
                return Ok(false);
            }
            put(tx, USERS, &user_key(&user), &user.to_json()?)?;
            record(tx, &stamp, Event::UserAdded { user })?;
            Ok(true)
        })
        .await
    }

    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError> {
        let (user, stamp) = (user.clone(), stamp.clone());
        self.write(move |tx| {
            for owned in tx.keys(TOKENS_OF, &user_key(&user))? {
                remove(tx, TOKENS, nth(&owned, 3))?;
                remove(tx, TOKENS_OF, &owned)?;
            }
            let known = remove(tx, USERS, &user_key(&user))?;
            if known {
                record(tx, &stamp, Event::UserRemoved { user })?;
            }
            Ok(known)
        })
        .await
    }

    async fn is_registered(&self, user: &User) -> Result<bool, StoreError> {
        let user = user_key(user);
        self.read(move |tx| Ok(tx.value(USERS, &user)?.is_some())).await
    }

    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let (org, after) = (org.map_or("", OrgId::as_str).to_owned(), after.map(user_key));
        self.read(move |tx| {
            let mut users = Vec::new();
            // Whoever asks for the users after one of another organization means all of these, or none.
            let after = after.filter(|after| org.is_empty() || nth(after, 0) >= org.as_str());
            tx.visit(USERS, &org, after.as_deref(), &mut |_, json| {
                if users.len() == limit {
                    return Ok(Go::Enough);
                }
                users.push(User::from_json(json)?);
                Ok(Go::On)
            })?;
            Ok(users)
        })
        .await
    }

    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError> {
        let (token, stamp) = (token.clone(), stamp.clone());
        self.write(move |tx| {
            let registered = tx.value(USERS, &user_key(&token.user))?.is_some();
            if !registered || tx.value(TOKENS, &token.jti)?.is_some() {
                return Err(StoreError::Conflict);
            }
            let expires_at = floor_to_micros(token.expires_at);
            put(tx, TOKENS, &token.jti, &token.to_json()?)?;
            put(tx, TOKENS_OF, &key([&user_key(&token.user), &token.jti]), "")?;
            record(tx, &stamp, Event::TokenIssued { jti: token.jti, user: token.user, expires_at })
        })
        .await
    }

    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError> {
        let (jti, stamp) = (jti.to_owned(), stamp.clone());
        self.write(move |tx| {
            let Some(json) = tx.value(TOKENS, &jti)? else { return Ok(None) };
            let token = TokenRecord::from_json(&json)?;
            if token.revoked_at.is_some() {
                return Ok(Some(false));
            }
            let revoked = TokenRecord { revoked_at: Some(stamp.at), ..token };
            put(tx, TOKENS, &jti, &revoked.to_json()?)?;
            record(tx, &stamp, Event::TokenRevoked { jti, user: revoked.user })?;
            Ok(Some(true))
        })
        .await
    }

    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError> {
        let uses = uses.to_vec();
        self.write(move |tx| {
            for (jti, at) in &uses {
                let Some(json) = tx.value(TOKENS, jti)? else { continue };
                let mut token = TokenRecord::from_json(&json)?;
                token.last_used_at = token.last_used_at.max(Some(*at));
                put(tx, TOKENS, jti, &token.to_json()?)?;
            }
            Ok(())
        })
        .await
    }

    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError> {
        let jti = jti.to_owned();
        self.read(move |tx| tx.value(TOKENS, &jti)?.map(|json| TokenRecord::from_json(&json)).transpose())
            .await
    }

    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        let (org, after) = (org.cloned(), after.map(str::to_owned));
        self.read(move |tx| {
            let mut tokens = Vec::new();
            tx.visit(TOKENS, "", after.as_deref(), &mut |_, json| {
                if tokens.len() == limit {
                    return Ok(Go::Enough);
                }
                let token = TokenRecord::from_json(json)?;
                if org.as_ref().is_none_or(|org| token.user.org == *org) {
                    tokens.push(token);
                }
                Ok(Go::On)
            })?;
            Ok(tokens)
        })
        .await
    }
}
