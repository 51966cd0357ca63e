//! Making calls for a while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use prost_types::Timestamp;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    Run,
    calls::Caller,
    connection::Client,
    tally::{Summary, Tally},
};

/// What all clients share.
#[derive(Debug)]
struct Shared {
    caller: Caller,
    /// The number of the next call.
    next: AtomicU64,
    /// How many there are to be, if that is bounded.
    calls: Option<u64>,
    /// What is answered between these is counted.
    begin: Instant,
    end: Instant,
}

/// Makes the calls that are wanted.
pub(crate) async fn run(connections: &[Client], wanted: &Run) -> anyhow::Result<Summary> {
    let start = Instant::now();
    let begin = start + Duration::from_secs_f64(wanted.warm_up);
    let end = begin + Duration::from_secs_f64(wanted.seconds);
    let caller = Caller::new(wanted.clone(), in_a_month()?);
    let shared = Arc::new(Shared { caller, next: AtomicU64::new(0), calls: wanted.calls, begin, end });
    let mut clients = JoinSet::new();
    for (index, client) in connections.iter().cycle().take(wanted.clients).enumerate() {
        let (shared, client) = (shared.clone(), client.clone());
        match wanted.rate {
            None => clients.spawn(one_after_the_other(shared, client)),
            Some(rate) => {
                let period = Duration::from_secs_f64(wanted.clients as f64 / rate);
                let offset = period.mul_f64(index as f64 / wanted.clients as f64);
                clients.spawn(by_the_clock(shared, client, start + offset, period))
            }
        };
    }
    let mut tally = Tally::default();
    while let Some(one) = clients.join_next().await {
        tally.add(one?);
    }
    // A run of so many calls ends with the last of them.
    let time = if wanted.calls.is_some() { Instant::now() - begin } else { end - begin };
    Ok(tally.summary(shared.next.load(Ordering::Relaxed), time))
}

/// A client that calls as soon as it has its answer.
async fn one_after_the_other(shared: Arc<Shared>, mut client: Client) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < shared.end && shared.is_wanted() {
        shared.call(&mut client, Instant::now(), &mut tally).await;
    }
    tally
}

/// A client that calls at set times. The time of an answer counts from when its call was due, so a server that makes it
/// wait does not look faster for it. Calls that are due and were not made at the end are not made any more.
async fn by_the_clock(shared: Arc<Shared>, mut client: Client, mut due: Instant, period: Duration) -> Tally {
    let mut tally = Tally::default();
    while due < shared.end && Instant::now() < shared.end {
        sleep_until(due).await;
        shared.call(&mut client, due, &mut tally).await;
        due += period;
    }
    tally
}

impl Shared {
    /// Whether there are calls left.
    fn is_wanted(&self) -> bool {
        self.calls.is_none_or(|calls| self.next.load(Ordering::Relaxed) < calls)
    }

    async fn call(&self, client: &mut Client, due: Instant, tally: &mut Tally) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let outcome = self.caller.call(client, number).await;
        let now = Instant::now();
        if (self.begin..self.end).contains(&now) {
            tally.note(outcome, now - due);
        }
    }
}

/// When vouchers are to end.
#[expect(clippy::disallowed_methods, reason = "a program asks the system, a library its caller")]
pub(crate) fn in_a_month() -> anyhow::Result<Timestamp> {
    const MONTH: Duration = Duration::from_secs(30 * 86_400);
    let then = SystemTime::now().duration_since(UNIX_EPOCH)? + MONTH;
    Ok(Timestamp { seconds: i64::try_from(then.as_secs())?, nanos: 0 })
}

/// A month later.
pub(crate) fn later() -> anyhow::Result<Timestamp> {
    let month = in_a_month()?;
    Ok(Timestamp { seconds: month.seconds + 30 * 86_400, ..month })
}
