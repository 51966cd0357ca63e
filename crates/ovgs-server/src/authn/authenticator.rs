//! The port.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::User;

use super::{AuthnError, Credentials};

/// What an authenticator found out. Anybody can make one: it is a claim, not yet a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: User,
}

/// Tells who is calling from what a request brought along. Lives anywhere; several are asked in order.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// What it is called in logs and metrics.
    fn name(&self) -> &'static str {
        "custom"
    }

    /// Looks at credentials at a time. `Ok(None)`: not a kind of credential this one knows, ask the next.
    ///
    /// # Errors
    /// [`AuthnError::Unauthenticated`] for credentials of its kind that are not valid,
    /// [`AuthnError::Unavailable`] if it cannot tell now.
    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError>;
}
