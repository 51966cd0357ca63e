//! Time and fresh ids, which the rest of the workspace takes as arguments.

use std::{fmt, sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes ids that nobody has seen.
pub trait IdSource: fmt::Debug + Send + Sync + 'static {
    /// A UUID of version 4.
    fn uuid(&self) -> Uuid;
}

/// The system's clock and random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

impl IdSource for System {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// How long the threads of this process have had a core, all together; nothing where the system does not tell.
#[cfg(not(unix))]
pub(crate) fn processor_time() -> Duration {
    Duration::ZERO
}

/// How long the threads of this process have had a core, all together.
#[cfg(unix)]
pub(crate) fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct Fixed(Mutex<DateTime<Utc>>);

impl Fixed {
    /// A clock that shows `time`.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Fixed {
        Fixed(Mutex::new(time))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.time() += by;
    }

    fn time(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        *self.time()
    }
}
