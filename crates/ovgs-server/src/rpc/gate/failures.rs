//! How many calls with credentials that are not valid any one address may make.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

use crate::rpc::server::network;

/// How many addresses are remembered; those that fail least are forgotten first.
const ADDRESSES: usize = 16_384;

/// Holds every address to a number of failures a minute (the generic cell rate algorithm: one instant for each).
///
/// Whoever succeeds is not held up: many callers may share one address, and one of them who fails must not shut out the
/// others. So an attempt is always looked at, and what a flood of bad ones loses is its echo in the log.
#[derive(Debug)]
pub(super) struct Failures {
    per_minute: NonZeroU32,
    booked: Cache<IpAddr, Instant>,
}

impl Failures {
    /// How far ahead failures are booked, which is how many may come at once.
    const AHEAD: Duration = Duration::from_secs(60);

    pub(super) fn new(per_minute: NonZeroU32) -> Failures {
        Failures { per_minute, booked: Cache::new(ADDRESSES) }
    }

    /// One more failure of an address. How long it should wait, if that is one too many.
    pub(super) fn note(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let address = network(address);
        let until = self.booked.get(&address).map_or(now, |until| until.max(now));
        let next = until + Self::AHEAD / self.per_minute.get();
        let wait = next.saturating_duration_since(now).saturating_sub(Self::AHEAD);
        if wait.is_zero() {
            self.booked.insert(address, next);
            return None;
        }
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_worth_may_come_at_once_and_then_one_by_one() {
        let failures = Failures::new(NonZeroU32::new(60).expect("not 0"));
        let address = |last| IpAddr::from([192, 0, 2, last]);
        let start = Instant::now();
        for _ in 0..60 {
            assert_eq!(failures.note(address(1), start), None);
        }
        assert_eq!(failures.note(address(1), start), Some(Duration::from_secs(1)));
        assert_eq!(failures.note(address(2), start), None, "another address");
        let later = start + Duration::from_secs(1);
        assert_eq!(failures.note(address(1), later), None);
        assert_eq!(failures.note(address(1), later), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_table_is_bounded() {
        let failures = Failures::new(NonZeroU32::MIN);
        for i in 0..100_000_u32 {
            failures.note(IpAddr::from(i.to_be_bytes()), Instant::now());
        }
        assert!(failures.booked.len() <= ADDRESSES, "{}", failures.booked.len());
    }
}
