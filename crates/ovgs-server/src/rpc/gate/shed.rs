//! Calls that are not let in: how they count, and what the log says of them.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{rpc::status::Refusal, telemetry::Metrics};

/// The least time between two lines about calls that were not let in.
const PAUSE: Duration = Duration::from_secs(1);

/// Keeps account of calls that are not let in because there are too many. When there are, a line for each of them would
/// be most of the work, and of the log.
#[derive(Debug, Default)]
pub(super) struct Shed(Mutex<Account>);

#[derive(Debug, Default)]
struct Account {
    /// How many the log has not heard of.
    untold: u64,
    told_at: Option<Instant>,
}

impl Shed {
    /// Counts a call. Whether it is one of too many, and needs no line of its own in the log.
    pub(super) fn note(&self, refusal: &Refusal, metrics: &Metrics) -> bool {
        let limit = match refusal {
            Refusal::Busy => "max_concurrent_calls",
            Refusal::Overloaded => "cores",
            Refusal::TooOften { .. } => {
                metrics.call_shed("max_calls_per_caller");
                return false;
            }
            _ => return false,
        };
        metrics.call_shed(limit);
        if let Some(calls) = self.0.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now()) {
            tracing::warn!(parent: None, calls, limit, "there are more calls than can be answered");
        }
        true
    }
}

impl Account {
    /// How many the log is to hear of now.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if self.told_at.is_some_and(|told_at| now.saturating_duration_since(told_at) < PAUSE) {
            return None;
        }
        self.told_at = Some(now);
        Some(mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_hears_of_all_of_them_once_a_second() {
        let (mut account, start) = (Account::default(), Instant::now());
        assert_eq!(account.count(start), Some(1), "the first at once");
        for _ in 0..1000 {
            assert_eq!(account.count(start), None);
        }
        assert_eq!(account.count(start + PAUSE), Some(1001));
        assert_eq!(account.count(start + PAUSE), None);
    }

    #[test]
    fn each_counts_by_the_limit_that_it_met() {
        let (shed, metrics) = (Shed::default(), Metrics::default());
        assert!(shed.note(&Refusal::Busy, &metrics) && shed.note(&Refusal::Overloaded, &metrics));
        assert!(!shed.note(&Refusal::TooOften { per_second: 1, wait: PAUSE }, &metrics));
        assert!(!shed.note(&Refusal::NotRead, &metrics));
        let text = metrics.text().expect("text");
        for limit in ["cores", "max_calls_per_caller", "max_concurrent_calls"] {
            let line = format!("ovgs_calls_shed_total{{limit=\"{limit}\"}} 1");
            assert!(text.lines().any(|said| said == line), "{line} is not in\n{text}");
        }
    }
}
