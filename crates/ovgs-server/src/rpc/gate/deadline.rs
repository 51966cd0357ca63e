//! How long a caller waits (`grpc-timeout`), and what it is told when that is over.

use std::{future::Future, time::Duration};

use http::HeaderMap;
use tokio::time::{Instant, timeout_at};

use crate::rpc::status::Refusal;

/// Until when a caller waits.
#[derive(Clone, Copy, Debug)]
pub(in crate::rpc) struct Deadline {
    /// For the beginning of the answer.
    answer: Instant,
    /// For its end, if the caller set one.
    end: Option<Instant>,
}

impl Deadline {
    /// The longest wait for a caller who sets none, so that a request that never ends does not hold its place for ever.
    const LONGEST: Duration = Duration::from_secs(600);

    /// The deadline of a call that begins now.
    pub(in crate::rpc) fn of(headers: &HeaderMap) -> Deadline {
        let now = Instant::now();
        let timeout = headers.get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?));
        let end = timeout.and_then(|timeout| now.checked_add(timeout));
        let longest = now + Self::LONGEST;
        Deadline { answer: end.map_or(longest, |end| end.min(longest)), end }
    }

    /// Work whose deadline has passed is not begun.
    pub(super) fn check(self) -> Result<(), Refusal> {
        if Instant::now() < self.answer { Ok(()) } else { Err(Refusal::DeadlineExceeded) }
    }

    /// The outcome of some work, or that it took too long.
    pub(in crate::rpc) async fn bound<T>(self, work: impl Future<Output = T>) -> Result<T, Refusal> {
        timeout_at(self.answer, work).await.map_err(|_| Refusal::DeadlineExceeded)
    }

    /// The outcome of what comes before the deadline counts: if that has passed already, it is done all the same.
    pub(super) async fn bound_unless_passed<T>(
        self,
        work: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        let answer = if self.check().is_ok() { self.answer } else { Instant::now() + Self::LONGEST };
        Deadline { answer, ..self }.bound(work).await?
    }

    /// When the whole of the answer must have been read, if the caller set a deadline.
    pub(super) fn end(self) -> Option<Instant> {
        self.end
    }
}

/// At most eight digits and a unit (gRPC over HTTP/2, "Timeout").
fn parse(value: &str) -> Option<Duration> {
    let (amount, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let digits = (1..=8).contains(&amount.len()) && amount.bytes().all(|b| b.is_ascii_digit());
    let amount: u64 = digits.then(|| amount.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_at_most_eight_digits_and_a_unit() {
        assert_eq!(parse("0n"), Some(Duration::ZERO));
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for bad in ["", "5", "S", "5s", "-5S", "+5S", "123456789S", "5 S", "1é"] {
            assert_eq!(parse(bad), None, "{bad:?} was taken");
        }
    }
}
