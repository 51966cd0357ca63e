//! Whom the service takes for a user.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_domain::User;
use ovgs_store::Store;

use super::{AuthnError, answers::Answers};
use crate::{clock::System, guarded::Guarded};

/// Says whom the service takes for a user, once an authenticator has said who it is. What a user may do is another
/// question, which its roles answer.
#[async_trait]
pub trait UserDirectory: fmt::Debug + Send + Sync + 'static {
    /// Whether this is a user, at a time.
    ///
    /// # Errors
    /// [`AuthnError::Unavailable`] if it cannot tell now.
    async fn knows(&self, user: &User, now: DateTime<Utc>) -> Result<bool, AuthnError>;
}

/// A directory over the store, as provisioning fills it. What it knows is asked again after 100 ms, by one call for
/// all; a change counts within a second.
#[derive(Debug)]
pub struct StoreDirectory {
    guarded: Guarded,
    who: Who,
    known: Answers<User, bool>,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    OfKnownOrganizations,
    Registered,
}

impl StoreDirectory {
    /// Takes everybody for a user whose organization is known: for identity providers that know people better than
    /// provisioning does.
    #[must_use]
    pub fn open(store: Arc<dyn Store>) -> StoreDirectory {
        StoreDirectory::new(store, Who::OfKnownOrganizations)
    }

    /// Takes only those for users that provisioning has registered.
    #[must_use]
    pub fn registered(store: Arc<dyn Store>) -> StoreDirectory {
        StoreDirectory::new(store, Who::Registered)
    }

    fn new(store: Arc<dyn Store>, who: Who) -> StoreDirectory {
        StoreDirectory { guarded: Guarded::new(store, Arc::new(System)), who, known: Answers::new(true) }
    }
}

#[async_trait]
impl UserDirectory for StoreDirectory {
    async fn knows(&self, user: &User, now: DateTime<Utc>) -> Result<bool, AuthnError> {
        let ask = async || match self.who {
            Who::OfKnownOrganizations => self.guarded.revision(&user.org).await.map(|found| found.is_some()),
            Who::Registered => self.guarded.is_registered(user).await,
        };
        let known = self.known.get(user, now, ask).await;
        known.map_err(|error| AuthnError::Unavailable(error.into()))
    }
}
