//! Times. All are UTC; none is read from a clock here.

use chrono::{DateTime, SubsecRound, Utc};

/// 9999-12-31T23:59:59Z, which says "no well-defined expiry" (RFC 5280 §4.1.2.5).
pub const NEVER: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(time) => time,
    None => DateTime::UNIX_EPOCH,
};

/// The second that `time` lies in.
#[must_use]
pub fn floor_to_seconds(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(0)
}

/// The microsecond that `time` lies in, which is what stores keep.
#[must_use]
pub fn floor_to_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::NEVER;

    #[test]
    fn never_is_the_last_second_of_the_year_9999() {
        assert_eq!(NEVER.to_rfc3339(), "9999-12-31T23:59:59+00:00");
    }
}
