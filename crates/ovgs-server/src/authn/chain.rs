//! Several authenticators and a directory as one.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Authenticator, AuthnError, Credentials, Identity, Rejection, UserDirectory};

/// Authenticators, asked in order, and a directory that must know whom they vouch for.
#[derive(Debug)]
pub struct Chain {
    authenticators: Vec<Arc<dyn Authenticator>>,
    directory: Arc<dyn UserDirectory>,
}

impl Chain {
    /// Asks these authenticators in this order, then the directory.
    #[must_use]
    pub fn new(authenticators: Vec<Arc<dyn Authenticator>>, directory: Arc<dyn UserDirectory>) -> Chain {
        Chain { authenticators, directory }
    }
}

#[async_trait]
impl Authenticator for Chain {
    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        for authenticator in &self.authenticators {
            let name = authenticator.name();
            let found = authenticator.authenticate(credentials, now).await.map_err(|error| error.by(name))?;
            let Some(identity) = found else { continue };
            if self.directory.knows(&identity.user, now).await? {
                return Ok(Some(identity));
            }
            let refused =
                AuthnError::rejected(Rejection::Directory, "the user directory does not know the user");
            return Err(refused.by(name));
        }
        Ok(None)
    }
}
