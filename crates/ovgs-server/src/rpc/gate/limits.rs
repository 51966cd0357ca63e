//! How many calls are let in.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ovgs_domain::User;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::pressure::{Pressure, Work};
use crate::rpc::status::Refusal;

/// Bounds of calls as such (`limits.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// The largest request, in bytes.
    pub max_request_bytes: usize,
    /// The most calls in progress at once, of all callers together. A stream counts until it ends.
    pub max_concurrent_calls: usize,
    /// The most calls a second of any one caller, on average; a second's worth may come at once. `None`: no bound.
    pub max_calls_per_caller: Option<NonZeroU32>,
    /// The most calls a minute with credentials that are not valid from any one address (of IPv6: one /64); a minute's
    /// worth may come at once. Calls with valid ones are not held up.
    pub max_failures_per_peer: NonZeroU32,
    /// How long a streamed answer may wait for its reader before it is ended and its place given to others.
    pub reader_patience: Duration,
}

impl CallLimits {
    /// The default of `max_failures_per_peer`.
    pub const FAILURES: NonZeroU32 = NonZeroU32::MIN.saturating_add(5999);
}

impl Default for CallLimits {
    fn default() -> CallLimits {
        CallLimits {
            max_request_bytes: 4 * 1024 * 1024,
            max_concurrent_calls: 1024,
            max_calls_per_caller: None,
            max_failures_per_peer: CallLimits::FAILURES,
            reader_patience: Duration::from_secs(60),
        }
    }
}

/// What a call that was let in holds.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Its place among the calls in progress, to the end of its answer.
    pub(super) place: OwnedSemaphorePermit,
    /// Its share in the work, until the answer begins.
    pub(super) work: Work,
}

/// Lets calls in, within the limits.
#[derive(Debug)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    pressure: Pressure,
    pace: Option<Pace>,
}

impl Admission {
    pub(super) fn new(limits: &CallLimits) -> Admission {
        let places = limits.max_concurrent_calls.min(Semaphore::MAX_PERMITS);
        Admission {
            places: Arc::new(Semaphore::new(places)),
            pressure: Pressure::new(places),
            pace: limits.max_calls_per_caller.map(Pace::new),
        }
    }

    /// Lets a call in. The caller's pace comes last, so that no call counts which is not made.
    pub(super) fn enter(&self, caller: &User) -> Result<Admitted, Refusal> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let work = self.pressure.begin()?;
        if let Some(pace) = &self.pace {
            pace.step(caller, Instant::now())?;
        }
        Ok(Admitted { place, work })
    }
}

/// Holds every caller to a number of calls a second (the generic cell rate algorithm: one instant for each caller).
#[derive(Debug)]
struct Pace {
    per_second: NonZeroU32,
    booked: Mutex<Booked>,
}

/// Up to when each caller's time is booked. Nobody whose time is in the past need be remembered, so this grows no
/// further than the callers of the last second.
#[derive(Debug)]
struct Booked {
    until: HashMap<User, Instant>,
    tidy_at: usize,
}

impl Pace {
    /// How much of its time a caller may book ahead, which is how many calls may come at once.
    const AHEAD: Duration = Duration::from_secs(1);

    fn new(per_second: NonZeroU32) -> Pace {
        Pace { per_second, booked: Mutex::new(Booked { until: HashMap::new(), tidy_at: 1024 }) }
    }

    fn step(&self, caller: &User, now: Instant) -> Result<(), Refusal> {
        let mut booked = self.booked.lock().unwrap_or_else(PoisonError::into_inner);
        let until = booked.until.get(caller).copied().unwrap_or(now).max(now);
        let next = until + Duration::from_secs(1) / self.per_second.get();
        let wait = next.saturating_duration_since(now).saturating_sub(Self::AHEAD);
        if !wait.is_zero() {
            return Err(Refusal::TooOften { per_second: self.per_second.get(), wait });
        }
        booked.until.insert(caller.clone(), next);
        booked.tidy(now);
        Ok(())
    }
}

impl Booked {
    fn tidy(&mut self, now: Instant) {
        if self.until.len() >= self.tidy_at {
            self.until.retain(|_, until| *until > now);
            self.tidy_at = (2 * self.until.len()).max(1024);
        }
    }
}

#[cfg(test)]
mod tests {
    use ovgs_domain::{OrgId, UserType, Username};

    use super::*;

    fn user(name: &str) -> User {
        let org = OrgId::parse("org-acmeco").expect("an organization");
        User { org, username: Username::parse(name).expect("a name"), user_type: UserType::User }
    }

    #[test]
    fn a_second_s_worth_may_come_at_once_and_then_one_by_one() {
        let pace = Pace::new(NonZeroU32::new(4).expect("not 0"));
        let (ann, bob) = (user("ann"), user("bob"));
        let start = Instant::now();
        for _ in 0..4 {
            pace.step(&ann, start).expect("within the limit");
        }
        let refused = pace.step(&ann, start).expect_err("one too many");
        assert!(
            matches!(refused, Refusal::TooOften { per_second: 4, wait } if wait == Duration::from_millis(250))
        );
        pace.step(&bob, start).expect("another caller's time is its own");

        let later = start + Duration::from_millis(250);
        pace.step(&ann, later).expect("after waiting as told");
        pace.step(&ann, later).expect_err("but only one");
        pace.step(&ann, later + Duration::from_secs(60)).expect("long after");
    }

    #[test]
    fn callers_whose_time_is_in_the_past_are_forgotten() {
        let pace = Pace::new(NonZeroU32::new(10).expect("not 0"));
        let start = Instant::now();
        for second in 0..5_u64 {
            for i in 0..1000 {
                pace.step(&user(&format!("u{second}-{i}")), start + Duration::from_secs(2 * second))
                    .expect("first call");
            }
        }
        assert!(pace.booked.lock().expect("not poisoned").until.len() <= 2000);
    }

    #[test]
    fn a_place_is_free_again_when_it_is_dropped() {
        let admission = Admission::new(&CallLimits { max_concurrent_calls: 1, ..CallLimits::default() });
        let place = admission.enter(&user("ann")).expect("a place");
        assert!(matches!(admission.enter(&user("bob")), Err(Refusal::Busy)));
        drop(place);
        drop(admission.enter(&user("bob")).expect("a place"));
    }

    #[test]
    fn a_call_that_finds_no_place_does_not_count_as_its_caller_s() {
        let limits = CallLimits { max_concurrent_calls: 1, ..CallLimits::default() };
        let admission = Admission::new(&CallLimits { max_calls_per_caller: NonZeroU32::new(2), ..limits });
        let place = admission.enter(&user("ann")).expect("a place");
        for _ in 0..10 {
            assert!(matches!(admission.enter(&user("ann")), Err(Refusal::Busy)));
        }
        drop(place);
        drop(admission.enter(&user("ann")).expect("the second call"));
        assert!(matches!(admission.enter(&user("ann")), Err(Refusal::TooOften { .. })));
    }
}
