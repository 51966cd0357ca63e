//! What came of the calls.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use tonic::Status;

/// What one client saw, or all of them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Of calls that succeeded, in microseconds.
    latencies: Vec<u32>,
    items: u64,
    errors: BTreeMap<String, u64>,
    /// The text of one of them, for whoever wonders.
    example: Option<String>,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    seconds: f64,
    /// Calls that succeeded.
    calls: usize,
    /// Calls that were begun, whatever came of them and when.
    begun: u64,
    per_second: f64,
    /// What their answers held: vouchers, parts.
    items: u64,
    items_per_second: f64,
    p50_us: u32,
    p99_us: u32,
    max_us: u32,
    /// Calls that did not, by their status.
    errors: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Tally {
    pub(crate) fn note(&mut self, outcome: Result<u64, Status>, took: Duration) {
        match outcome {
            Ok(items) => {
                self.items += items;
                self.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
            }
            Err(status) => {
                *self.errors.entry(format!("{:?}", status.code())).or_default() += 1;
                self.example.get_or_insert_with(|| status.message().to_owned());
            }
        }
    }

    pub(crate) fn add(&mut self, other: Tally) {
        self.latencies.extend(other.latencies);
        self.items += other.items;
        for (code, count) in other.errors {
            *self.errors.entry(code).or_default() += count;
        }
        self.example = self.example.take().or(other.example);
    }

    pub(crate) fn summary(mut self, begun: u64, time: Duration) -> Summary {
        self.latencies.sort_unstable();
        let seconds = time.as_secs_f64();
        let calls = self.latencies.len();
        Summary {
            seconds,
            calls,
            begun,
            per_second: calls as f64 / seconds,
            items: self.items,
            items_per_second: self.items as f64 / seconds,
            p50_us: self.quantile(50),
            p99_us: self.quantile(99),
            max_us: self.quantile(100),
            errors: self.errors,
            error: self.example,
        }
    }

    /// The latency that so many of a hundred calls do not exceed; 0 without calls.
    fn quantile(&self, percent: usize) -> u32 {
        let place = (self.latencies.len() * percent).div_ceil(100).saturating_sub(1);
        self.latencies.get(place).copied().unwrap_or_default()
    }
}
