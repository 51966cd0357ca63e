//! Spans of time as people write them.

use chrono::TimeDelta;
use ovgs_domain::Excerpt;
use thiserror::Error;

/// A text that is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a duration: write a whole number and `s`, `m`, `h` or `d`, such as `90d`")]
pub struct BadDuration(Excerpt);

/// Reads a whole number with `s`, `m`, `h` or `d`, more than nothing and less than 10,000 years.
///
/// # Errors
/// [`BadDuration`] for anything else.
///
/// ```
/// use ovgs_server::config::parse_duration;
/// assert_eq!(parse_duration("36h")?.num_minutes(), 36 * 60);
/// assert!(parse_duration("90").is_err());
/// # Ok::<(), ovgs_server::config::BadDuration>(())
/// ```
pub fn parse_duration(value: &str) -> Result<TimeDelta, BadDuration> {
    read(value).ok_or_else(|| BadDuration(Excerpt::of(value)))
}

fn read(value: &str) -> Option<TimeDelta> {
    const LONGEST: TimeDelta = TimeDelta::days(3_652_500);
    let unit = value.chars().last()?;
    let digits = value.strip_suffix(unit)?;
    let number: i64 = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
    let span = match unit {
        's' => TimeDelta::try_seconds(number),
        'm' => TimeDelta::try_minutes(number),
        'h' => TimeDelta::try_hours(number),
        'd' => TimeDelta::try_days(number),
        _ => None,
    };
    span.filter(|span| *span > TimeDelta::zero() && *span < LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_positive_number_with_a_unit_is_a_duration() {
        assert_eq!(parse_duration("1s"), Ok(TimeDelta::seconds(1)));
        assert_eq!(parse_duration("15m"), Ok(TimeDelta::minutes(15)));
        assert_eq!(parse_duration("90d"), Ok(TimeDelta::days(90)));
        for bad in [
            "",
            "d",
            "90",
            "0d",
            "-1d",
            "+1d",
            "1.5h",
            "90D",
            "1w",
            "90 d",
            "9999999d",
            "99999999999999999999s",
            "1é",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad:?} was taken");
        }
    }
}
