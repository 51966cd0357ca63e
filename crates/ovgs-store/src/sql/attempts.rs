//! Trying again what the database broke off before anything came to pass: it was restarted, it chose a victim of a
//! deadlock, or it had no connection left.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use sea_orm::{QueryResult, Value};

use super::{SqlStore, error, query};
use crate::StoreError;

/// How often at most, after the first time; all pauses together are about two seconds.
const TIMES: usize = 7;

impl SqlStore {
    /// Makes attempts until one comes to an end. Each begins anew, so what it reads is as new as itself.
    ///
    /// Invariant: an error of COMMIT ends it, since nobody knows whether that attempt was the last one needed.
    pub(super) async fn trying<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.trying_after(error::is_broken_off, attempt).await
    }

    /// The same, again after these errors.
    pub(super) async fn trying_after<T, F>(
        &self,
        again: fn(&StoreError) -> bool,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let in_time = || self.connections.in_time(attempt());
        in_time.retry(pauses()).when(again).await
    }

    /// All rows of an answer.
    pub(super) async fn all(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        self.trying(|| query::all(self.readers(), sql, values.clone())).await
    }

    /// The first row of an answer.
    pub(super) async fn one(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<QueryResult>, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        self.trying(|| query::one(self.readers(), sql, values.clone())).await
    }
}

pub(super) fn pauses() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(10))
        .with_max_delay(Duration::from_millis(500))
        .with_max_times(TIMES)
        .with_jitter()
}
