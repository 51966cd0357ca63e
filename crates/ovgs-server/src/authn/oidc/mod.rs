//! Access tokens of OpenID providers and OAuth 2.0 authorization servers (RFC 9068), with the advice of RFC 8725.

mod claims;
mod fetch;
mod issuer;
mod jwks;
mod keys;
mod mapping;
mod settings;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jsonwebtoken::dangerous::insecure_decode_claims;
use serde::Deserialize;

pub(super) use self::issuer::Issued;
use self::issuer::Issuer;
pub use self::{
    fetch::FetchError,
    settings::{ClaimMapping, IssuerSettings, KeySource, OidcError, Organizations},
};
use super::{Authenticator, AuthnError, Bearer, Credentials, Identity, VerifiedTokens};
use crate::clock::Clock;

/// How often it is looked whether keys are due to be fetched again.
const TICK: Duration = Duration::from_secs(10);

/// Knows callers by the access tokens of any number of issuers.
///
/// A token whose `iss` is none of theirs is left to others. Everything else about it must be as its issuer is
/// configured; whatever else the header says (`jku`, `x5u`, `jwk`, `x5c`) is ignored.
pub struct OidcAuthenticator {
    issuers: Vec<Arc<Issuer>>,
}

/// What has to be known of a token before anything can be checked.
#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

impl OidcAuthenticator {
    /// Knows the tokens of these issuers. Nothing is fetched yet.
    ///
    /// # Errors
    /// [`OidcError`] for settings that cannot be meant so.
    pub fn new(
        issuers: Vec<IssuerSettings>,
        verified: &VerifiedTokens,
    ) -> Result<OidcAuthenticator, OidcError> {
        let mut made: Vec<Arc<Issuer>> = Vec::new();
        for settings in issuers {
            if made.iter().any(|other| other.name() == settings.issuer) {
                return Err(OidcError::Twice { issuer: settings.issuer });
            }
            made.push(Arc::new(Issuer::new(settings, verified.clone())?));
        }
        Ok(OidcAuthenticator { issuers: made })
    }

    /// Keeps the keys of all issuers fresh, for ever. Without it they are fetched when a call needs them, and that call
    /// waits.
    pub async fn keep_fresh(&self, clock: Arc<dyn Clock>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = clock.now();
            futures_util::future::join_all(self.issuers.iter().map(|issuer| issuer.refresh(now))).await;
        }
    }

    /// Fetches the keys of all issuers once, to see whether that works; each issuer with what went wrong.
    pub async fn try_fetch(&self) -> Vec<(&str, Result<(), FetchError>)> {
        let tried = self.issuers.iter().map(|issuer| async { (issuer.name(), issuer.try_fetch().await) });
        futures_util::future::join_all(tried).await
    }
}

#[async_trait]
impl Authenticator for OidcAuthenticator {
    fn name(&self) -> &'static str {
        "oidc"
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        let Some(token) = &credentials.bearer else { return Ok(None) };
        let Some(name) = claimed_issuer(token) else { return Ok(None) };
        let Some(issuer) = self.issuers.iter().find(|issuer| issuer.name() == name) else { return Ok(None) };
        let user = issuer.user(token, credentials.client_certificate.as_deref(), now).await?;
        Ok(Some(Identity { user }))
    }
}

impl fmt::Debug for OidcAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.issuers.iter().map(|issuer| issuer.name())).finish()
    }
}

/// Whose a token claims to be, which nothing has proved yet.
pub(super) fn claimed_issuer(token: &Bearer) -> Option<String> {
    insecure_decode_claims::<Claimed>(token.reveal()).ok().map(|claimed| claimed.iss)
}
