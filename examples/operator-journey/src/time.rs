//! Time, as the wire wants it.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use prost_types::Timestamp;

#[expect(clippy::disallowed_methods, reason = "a program asks the system, a library its caller")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Some days from now, to the second.
pub(crate) fn in_days(days: i64) -> DateTime<Utc> {
    let then = now() + TimeDelta::days(days);
    then.with_nanosecond(0).unwrap_or(then)
}

/// A time of whole seconds.
pub(crate) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: time.timestamp(), nanos: 0 }
}
