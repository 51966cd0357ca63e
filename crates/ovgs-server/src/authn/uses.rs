//! When tokens were last used, told to the store now and then.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use tokio::runtime::Handle;

use crate::guarded::Guarded;

/// How often the use of any one token is told, at most.
const INTERVAL: TimeDelta = TimeDelta::minutes(1);

/// Of how many tokens it is remembered that their use was told.
const TOLD: usize = 10_000;

/// How many uses wait to be told, at most. What does not fit is told with the token's next use.
const WAITING: usize = 10_000;

/// Tells the store when tokens were last used: behind the calls' backs, each token at most once a minute, and what comes
/// while one write is under way goes together into the next.
#[derive(Debug)]
pub(super) struct Uses {
    told: Cache<String, DateTime<Utc>>,
    waiting: Arc<Mutex<Waiting>>,
    guarded: Guarded,
}

#[derive(Debug, Default)]
struct Waiting {
    uses: HashMap<String, DateTime<Utc>>,
    /// Whether somebody is telling them.
    being_told: bool,
}

impl Uses {
    pub(super) fn new(guarded: Guarded) -> Uses {
        Uses { told: Cache::new(TOLD), waiting: Arc::default(), guarded }
    }

    /// Takes note of a use.
    pub(super) fn note(&self, jti: &str, now: DateTime<Utc>) {
        let is_recent = |told: DateTime<Utc>| told <= now && now - told < INTERVAL;
        if self.told.get(jti).is_some_and(is_recent) {
            return;
        }
        // Without a runtime there is no server either, and nobody whose calls would have to be told of.
        let Ok(runtime) = Handle::try_current() else { return };
        let mut waiting = locked(&self.waiting);
        if waiting.uses.len() >= WAITING {
            return;
        }
        waiting.uses.insert(jti.to_owned(), now);
        self.told.insert(jti.to_owned(), now);
        if !mem::replace(&mut waiting.being_told, true) {
            runtime.spawn(tell(self.guarded.clone(), self.waiting.clone()));
        }
    }
}

/// Tells what waits, until nothing does.
async fn tell(guarded: Guarded, waiting: Arc<Mutex<Waiting>>) {
    while let Some(uses) = next(&waiting) {
        if let Err(error) = guarded.tokens_used(&uses).await {
            tracing::debug!(%error, "the last use of tokens was not kept");
        }
    }
}

fn next(waiting: &Mutex<Waiting>) -> Option<Vec<(String, DateTime<Utc>)>> {
    let mut waiting = locked(waiting);
    let uses: Vec<_> = mem::take(&mut waiting.uses).into_iter().collect();
    waiting.being_told = !uses.is_empty();
    waiting.being_told.then_some(uses)
}

fn locked(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
