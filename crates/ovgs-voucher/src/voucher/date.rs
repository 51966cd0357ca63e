//! `yang:date-and-time`, RFC 6991 §3.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::Invalid;

/// `at` floored to the microsecond, the finest that six digits write.
///
/// A leap second becomes the last microsecond before it: never later than what was given.
pub(super) fn floor(at: DateTime<Utc>, member: &'static str) -> Result<DateTime<Utc>, Invalid> {
    let micros = at.timestamp_subsec_micros().min(999_999);
    DateTime::from_timestamp(at.timestamp(), micros * 1000)
        .filter(|at| (0..=9999).contains(&at.year()))
        .ok_or(Invalid::DateRange { member })
}

/// UTC with `Z` and six digits, the superset of what known checkers take.
pub(super) fn write(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Reads any RFC 3339 date; none if `text` is not one.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    if !has_shape(text.as_bytes()) {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// Whether `text` is built like an RFC 3339 date.
///
/// chrono is laxer: it also takes spaces and the typographic minus sign.
fn has_shape(text: &[u8]) -> bool {
    let Some((date, rest)) = text.split_at_checked(19) else { return false };
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => 1 + digits.iter().take_while(|c| c.is_ascii_digit()).count(),
        None => 0,
    };
    let zone = rest.get(fraction..).unwrap_or_default();
    fits(date, b"dddd-dd-ddTdd:dd:dd")
        && fraction != 1
        && (fits(zone, b"Z") || fits(zone, b"+dd:dd") || fits(zone, b"-dd:dd"))
}

/// Whether `text` has a digit for each `d` of `pattern` and otherwise its letters, in either case.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len()
        && text
            .iter()
            .zip(pattern)
            .all(|(c, p)| if *p == b'd' { c.is_ascii_digit() } else { c.eq_ignore_ascii_case(p) })
}
