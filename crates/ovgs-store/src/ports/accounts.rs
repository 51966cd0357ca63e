use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::{OrgId, User};

use super::Stamp;
use crate::StoreError;

/// What is kept of a token of the server's own. Never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id.
    pub jti: String,
    /// Whose.
    pub user: User,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, as far as servers have told; a little behind, never ahead.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Registered users, and the server's own tokens.
#[async_trait]
pub trait Accounts: fmt::Debug + Send + Sync + 'static {
    /// Registers a user. `false` if it is registered already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its organization is unknown.
    async fn add_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError>;

    /// Removes a user and all of its tokens, registered or not. `false` if there was neither. Its roles are the
    /// trees' matter.
    async fn remove_user(&self, user: &User, stamp: &Stamp) -> Result<bool, StoreError>;

    /// Whether a user is registered.
    async fn is_registered(&self, user: &User) -> Result<bool, StoreError>;

    /// Registered users of an organization, or of all, in order, from the first one after `after`, at most `limit`.
    async fn users(
        &self,
        org: Option<&OrgId>,
        after: Option<&User>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError>;

    /// Keeps a new token.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its user is not registered, or the id is known.
    async fn add_token(&self, token: &TokenRecord, stamp: &Stamp) -> Result<(), StoreError>;

    /// Revokes a token, at the stamp's time. `None` if it is unknown, `Some(false)` if it was revoked before.
    async fn revoke_token(&self, jti: &str, stamp: &Stamp) -> Result<Option<bool>, StoreError>;

    /// Keeps when tokens were last used. An earlier time than the one kept changes nothing, and neither does an id that
    /// is unknown. This is no event of the journal: it happens with every call.
    async fn tokens_used(&self, uses: &[(String, DateTime<Utc>)]) -> Result<(), StoreError>;

    /// A token by its id.
    async fn token(&self, jti: &str) -> Result<Option<TokenRecord>, StoreError>;

    /// Tokens of an organization's users, or of all, in order of their ids, from the first one after `after`, at most
    /// `limit`.
    async fn tokens(
        &self,
        org: Option<&OrgId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TokenRecord>, StoreError>;
}
