//! Somebody an authenticator vouched for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ovgs_domain::{RequestId, User};

use super::{Authenticator, AuthnError, Credentials, Rejection};

/// Somebody an authenticator vouched for, in one request.
///
/// It cannot be made by hand:
///
/// ```compile_fail,E0451
/// use ovgs_server::authn::Caller;
/// fn forge(user: ovgs_domain::User, request_id: ovgs_domain::RequestId) -> Caller {
///     Caller { user, request_id }
/// }
/// ```
///
/// but from credentials:
///
/// ```
/// use std::sync::Arc;
/// use ovgs_server::authn::{Authenticator, AuthnError, Caller, Credentials};
/// # use chrono::{DateTime, Utc};
/// async fn ask(
///     chain: &[Arc<dyn Authenticator>],
///     credentials: &Credentials,
///     request_id: ovgs_domain::RequestId,
///     now: DateTime<Utc>,
/// ) -> Result<Caller, AuthnError> {
///     Caller::from_credentials(chain, credentials, request_id, now).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Caller {
    user: User,
    request_id: RequestId,
}

impl Caller {
    /// The only way to a caller.
    ///
    /// # Errors
    /// [`AuthnError`] of the first authenticator that knows this kind of credentials and refuses them;
    /// [`AuthnError::Unauthenticated`] if none knows them.
    pub async fn from_credentials(
        chain: &[Arc<dyn Authenticator>],
        credentials: &Credentials,
        request_id: RequestId,
        now: DateTime<Utc>,
    ) -> Result<Caller, AuthnError> {
        for authenticator in chain {
            let name = authenticator.name();
            let found = authenticator.authenticate(credentials, now).await.map_err(|error| error.by(name))?;
            if let Some(identity) = found {
                return Ok(Caller { user: identity.user, request_id });
            }
        }
        Err(AuthnError::rejected(Rejection::Unknown, "no credentials that any authenticator knows"))
    }

    /// Who.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// In which request.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }
}
