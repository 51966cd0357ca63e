//! Whom the service takes for a user.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::User;
use ovgs_store::Store;
use quick_cache::sync::Cache;

use super::AuthnError;
use crate::{clock::System, guarded::Guarded};

/// How long it may take until a change is seen.
const AGE: TimeDelta = TimeDelta::milliseconds(100);

/// Of how many users it is remembered that they are known.
const KNOWN: usize = 10_000;

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

/// A directory over the store, as provisioning fills it. What it knows is asked again after 100 ms.
#[derive(Debug)]
pub struct StoreDirectory {
    guarded: Guarded,
    who: Who,
    known: Cache<User, DateTime<Utc>>,
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
        StoreDirectory { guarded: Guarded::new(store, Arc::new(System)), who, known: Cache::new(KNOWN) }
    }
}

#[async_trait]
impl UserDirectory for StoreDirectory {
    async fn knows(&self, user: &User, now: DateTime<Utc>) -> Result<bool, AuthnError> {
        if self.known.get(user).is_some_and(|asked| asked <= now && now - asked < AGE) {
            return Ok(true);
        }
        let known = match self.who {
            Who::OfKnownOrganizations => self.guarded.revision(&user.org).await.map(|found| found.is_some()),
            Who::Registered => self.guarded.is_registered(user).await,
        };
        let known = known.map_err(|error| AuthnError::Unavailable(error.into()))?;
        if known {
            self.known.insert(user.clone(), now);
        }
        Ok(known)
    }
}
