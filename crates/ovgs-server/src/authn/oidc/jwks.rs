//! The keys of an issuer, kept as long as they may be.

use std::{
    error::Error as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;

use super::{
    FetchError,
    fetch::{Fetched, Source},
    keys::KeySet,
};

/// For how long fetched keys are fresh: what `Cache-Control` says, within these bounds.
const FRESH: TimeDelta = TimeDelta::minutes(15);
const FRESH_AT_LEAST: TimeDelta = TimeDelta::minutes(5);
const FRESH_AT_MOST: TimeDelta = TimeDelta::hours(1);

/// How long after an attempt the next one is made, while there are keys to go on with.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The same while there are none.
const SHORT_PAUSE: TimeDelta = TimeDelta::seconds(5);

/// How often keys are fetched because a token names one that is not known.
const SEARCH_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The keys of one issuer.
///
/// Fetched keys are fresh for a while, then fetched again; while the issuer is down, those that were fetched last go on
/// counting, until they are too old. Whoever fetches does so alone, however many calls are waiting.
#[derive(Debug)]
pub(super) struct Jwks {
    source: Source,
    algorithms: Vec<Algorithm>,
    max_age: TimeDelta,
    state: Mutex<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    /// When they were last asked for.
    attempted: Option<DateTime<Utc>>,
    /// When they were last asked for because of an unknown key.
    searched: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
struct Kept {
    keys: Arc<KeySet>,
    fetched: DateTime<Utc>,
    fresh: TimeDelta,
}

impl Jwks {
    pub(super) fn new(source: Source, algorithms: Vec<Algorithm>, max_age: TimeDelta) -> Jwks {
        let (state, fetching) = (Mutex::default(), tokio::sync::Mutex::default());
        Jwks { source, algorithms, max_age, state, fetching }
    }

    /// The keys that count now.
    pub(super) async fn keys(&self, now: DateTime<Utc>) -> Result<Arc<KeySet>, FetchError> {
        let Some(kept) = self.kept(now) else { return self.first_keys(now).await };
        if !is_within(kept.fetched, kept.fresh, now)
            && let Ok(_alone) = self.fetching.try_lock()
            && self.may_attempt(now, PAUSE)
            && let Ok(keys) = self.fetch(now).await
        {
            return Ok(keys);
        }
        Ok(kept.keys)
    }

    /// The keys that count now, after a look for one that is not among them, if it is time for a look.
    pub(super) async fn search(&self, now: DateTime<Utc>) -> Option<Arc<KeySet>> {
        let _alone = self.fetching.lock().await;
        if self.may_search(now) {
            return self.fetch(now).await.ok();
        }
        self.kept(now).map(|kept| kept.keys)
    }

    /// Fetches what is no longer fresh.
    pub(super) async fn refresh(&self, now: DateTime<Utc>) {
        let kept = self.kept(now);
        let pause = if kept.is_some() { PAUSE } else { SHORT_PAUSE };
        let is_fresh = kept.is_some_and(|kept| is_within(kept.fetched, kept.fresh, now));
        if !is_fresh
            && let Ok(_alone) = self.fetching.try_lock()
            && self.may_attempt(now, pause)
        {
            // What goes wrong is logged, and tried again.
            let _ = self.fetch(now).await;
        }
    }

    /// Whether the keys can be fetched at all.
    pub(super) async fn try_fetch(&self) -> Result<(), FetchError> {
        self.download().await.map(drop)
    }

    async fn first_keys(&self, now: DateTime<Utc>) -> Result<Arc<KeySet>, FetchError> {
        let _alone = self.fetching.lock().await;
        match self.kept(now) {
            Some(kept) => Ok(kept.keys),
            None if self.may_attempt(now, SHORT_PAUSE) => self.fetch(now).await,
            None => Err(FetchError::NotAgainYet),
        }
    }

    /// Fetches the keys. Whoever calls this holds `fetching`.
    async fn fetch(&self, now: DateTime<Utc>) -> Result<Arc<KeySet>, FetchError> {
        self.state().attempted = Some(now);
        let (keys, max_age) = self.download().await.inspect_err(|error| {
            let cause = causes(error);
            tracing::warn!(source = ?self.source, %error, cause, "the keys of an issuer of tokens are out of reach");
        })?;
        let keys = Arc::new(keys);
        let fresh = max_age.unwrap_or(FRESH).clamp(FRESH_AT_LEAST, FRESH_AT_MOST);
        self.state().kept = Some(Kept { keys: keys.clone(), fetched: now, fresh });
        Ok(keys)
    }

    async fn download(&self) -> Result<(KeySet, Option<TimeDelta>), FetchError> {
        let Fetched { document, max_age } = self.source.fetch().await?;
        Ok((KeySet::read(&document, &self.algorithms)?, max_age))
    }

    fn kept(&self, now: DateTime<Utc>) -> Option<Kept> {
        self.state().kept.clone().filter(|kept| is_within(kept.fetched, self.max_age, now))
    }

    fn may_attempt(&self, now: DateTime<Utc>, pause: TimeDelta) -> bool {
        self.state().attempted.is_none_or(|last| !is_within(last, pause, now))
    }

    fn may_search(&self, now: DateTime<Utc>) -> bool {
        let mut state = self.state();
        let may = state.searched.is_none_or(|last| !is_within(last, SEARCH_PAUSE, now));
        if may {
            state.searched = Some(now);
        }
        may
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether less than a span has passed since a time. If the clock went back meanwhile, it has.
fn is_within(since: DateTime<Utc>, span: TimeDelta, now: DateTime<Utc>) -> bool {
    // Calls that are under way have times of their own, each a little different.
    const SLACK: TimeDelta = TimeDelta::minutes(10);
    let passed = now.signed_duration_since(since);
    -SLACK < passed && passed < span
}

/// What is under an error, from the outside in.
fn causes(error: &FetchError) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
