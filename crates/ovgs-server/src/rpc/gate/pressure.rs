//! Whether there is more to do than the cores can do.
//!
//! When all cores are busy, each further call makes all of them wait longer: with `max_concurrent_calls` at work, many times
//! longer than a call takes. So while they are busy fewer calls are let in, whoever keeps them so: a database on the same
//! machine takes them from those who wait for it. Calls that wait for something else (a signer, a database elsewhere, their
//! own next bytes) keep no core busy and so keep nobody out, however many they are and however long they wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Handle, RuntimeMetrics},
    time::{Instant, sleep_until},
};

use crate::{clock, rpc::status::Refusal};

/// How many calls for each core may be at work however busy it is: enough to keep it so while some wait for the store, and
/// what it does in some milliseconds. Half of them while others are refused.
const ALWAYS: usize = 16;
/// How often somebody looks, while more are at work than may always be.
const GLANCE: Duration = Duration::from_millis(10);
/// What is more than this part of a time is as good as all of it.
const NEARLY_ALL: f64 = 0.9;
/// A wait for a core that is too long, whoever keeps it busy.
const LATE: Duration = Duration::from_millis(25);

/// Keeps calls out while the cores are busy with those at work.
#[derive(Clone, Debug)]
pub(super) struct Pressure(Arc<State>);

#[derive(Debug)]
struct State {
    cores: usize,
    /// So many calls may be at work as long as none is refused.
    always: usize,
    /// So many may be at work while there are cores for them.
    most: usize,
    working: AtomicUsize,
    /// How many may be at work now, between these two; while calls are refused, down to half of the lesser.
    room: AtomicUsize,
    /// Below how many nobody asks whether there is room.
    unasked: AtomicUsize,
    /// Whether a call was refused since somebody looked.
    refused: AtomicBool,
    /// Whether somebody looks at the cores.
    watched: AtomicBool,
}

/// A call at work, until this is dropped.
#[derive(Debug)]
pub(super) struct Work(Arc<State>);

/// What somebody saw who looked.
#[derive(Clone, Copy, Debug)]
struct Glance {
    /// Over how long a time.
    time: Duration,
    /// How long this program had a core in that time, all cores together.
    busy: Duration,
    /// How long a thread that calls run on had something to do, on average, whether or not it had a core to do it.
    working: Duration,
    /// How long something that was ready waited for a core.
    wait: Duration,
}

impl Pressure {
    /// Of a server that has room for `most` calls at once.
    pub(super) fn new(most: usize) -> Pressure {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Pressure::with(cores, cores.saturating_mul(ALWAYS), most)
    }

    fn with(cores: usize, always: usize, most: usize) -> Pressure {
        let (always, room) = (always.min(most), AtomicUsize::new(most));
        let (working, unasked) = (AtomicUsize::default(), AtomicUsize::new(always));
        let (refused, watched) = (AtomicBool::default(), AtomicBool::default());
        Pressure(Arc::new(State { cores, always, most, working, room, unasked, refused, watched }))
    }

    /// Lets a call begin its work, or not.
    pub(super) fn begin(&self) -> Result<Work, Refusal> {
        let before = self.0.working.fetch_add(1, Ordering::Relaxed);
        let work = Work(self.0.clone());
        if before < self.0.unasked.load(Ordering::Relaxed) {
            return Ok(work);
        }
        if !self.0.watched.swap(true, Ordering::Relaxed) {
            tokio::spawn(watch(Watched(self.0.clone())));
        }
        if before < self.0.room.load(Ordering::Relaxed) {
            return Ok(work);
        }
        self.0.refused.store(true, Ordering::Relaxed);
        Err(Refusal::Overloaded)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A state that is looked after. When it no longer is, for whatever reason, nobody is kept out.
#[derive(Debug)]
struct Watched(Arc<State>);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.room.store(self.0.most, Ordering::Relaxed);
        self.0.unasked.store(self.0.always, Ordering::Relaxed);
        self.0.watched.store(false, Ordering::Relaxed);
    }
}

/// Looks at the cores until there is no reason to.
async fn watch(watched: Watched) {
    let threads = Handle::current().metrics();
    while watched.0.is_of_interest() {
        let (begun, busy, working) = (Instant::now(), clock::processor_time(), working_time(&threads));
        let due = begun + GLANCE;
        sleep_until(due).await;
        let busy = clock::processor_time().saturating_sub(busy);
        let working = working_time(&threads).saturating_sub(working);
        watched.0.note(Glance { time: begun.elapsed(), busy, working, wait: due.elapsed() });
    }
}

/// How long a thread of these has had something to do, on average.
fn working_time(threads: &RuntimeMetrics) -> Duration {
    let all: Duration =
        (0..threads.num_workers()).map(|thread| threads.worker_total_busy_duration(thread)).sum();
    all / u32::try_from(threads.num_workers()).unwrap_or(u32::MAX)
}

impl Glance {
    /// Whether there is more to do than so many cores can do.
    fn is_too_much(&self, cores: usize) -> bool {
        let all = self.time.saturating_mul(u32::try_from(cores).unwrap_or(u32::MAX));
        self.busy > all.mul_f64(NEARLY_ALL)
            || self.working > self.time.mul_f64(NEARLY_ALL)
            || self.wait > LATE
    }
}

impl State {
    fn is_of_interest(&self) -> bool {
        self.working.load(Ordering::Relaxed) > self.always || self.room.load(Ordering::Relaxed) < self.most
    }

    /// Makes room, or leaves less of it to calls that come.
    fn note(&self, glance: Glance) {
        // To refuse takes a part of the cores, and what is left is for fewer.
        let is_flooded = self.refused.swap(false, Ordering::Relaxed) && glance.is_too_much(self.cores);
        let least = if is_flooded { self.always.div_ceil(2) } else { self.always };
        self.unasked.store(least, Ordering::Relaxed);
        let room = self.room.load(Ordering::Relaxed);
        let room = if glance.is_too_much(self.cores) {
            let taken = room.min(self.working.load(Ordering::Relaxed));
            (taken - taken.div_ceil(4)).max(least)
        } else {
            (room + room / 16 + 1).min(self.most)
        };
        self.room.store(room, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    const TIME: Duration = Duration::from_millis(10);
    /// Both cores had something to do all the time.
    const BUSY: Glance = Glance { busy: Duration::from_millis(20), ..CALM };
    /// One of them had nothing to do.
    const CALM: Glance =
        Glance { time: TIME, busy: TIME, working: Duration::from_millis(5), wait: Duration::ZERO };

    /// So many calls that begin now and do not end.
    fn begin(pressure: &Pressure, calls: usize) -> Vec<Work> {
        (0..calls).map(|_| pressure.begin().expect("room")).collect()
    }

    /// Runs this where nothing else is run before it has ended, so that nobody looks at the cores but the test.
    fn on_a_runtime<T>(run: impl Future<Output = T>) -> T {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(run)
    }

    #[test]
    fn an_ordinary_number_of_calls_is_let_in_however_busy_the_cores_are() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            for _ in 0..1000 {
                pressure.0.note(BUSY);
                begin(&pressure, 4);
            }
        });
    }

    #[test]
    fn while_a_core_is_idle_there_is_room_for_all() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            let mut waiting_for_a_signer = begin(&pressure, 99);
            for _ in 0..1000 {
                pressure.0.note(CALM);
                waiting_for_a_signer.extend(begin(&pressure, 1));
                waiting_for_a_signer.remove(0);
            }
        });
    }

    #[test]
    fn calls_are_kept_out_while_the_cores_are_busy() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            let mut working = begin(&pressure, 40);
            pressure.0.note(BUSY);
            assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            working.truncate(30);
            assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)), "as many as were left room for");
            working.truncate(29);
            pressure.begin().expect("one has gone");
            (0..100).for_each(|_| pressure.0.note(BUSY));
            working.truncate(4);
            assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            working.truncate(3);
            pressure.begin().expect("so many always");
        });
    }

    #[test]
    fn while_calls_are_refused_half_of_them_are_at_work() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            let mut working = begin(&pressure, 4);
            for _ in 0..10 {
                pressure.0.note(BUSY);
                assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            }
            working.truncate(2);
            assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            working.truncate(1);
            working.extend(begin(&pressure, 1));
            // The one that was refused last, and then nobody any more.
            (0..2).for_each(|_| pressure.0.note(BUSY));
            begin(&pressure, 2);
        });
    }

    #[test]
    fn calls_that_never_end_keep_nobody_out_once_a_core_is_idle() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 1024);
            let _stuck = begin(&pressure, 500);
            (0..100).for_each(|_| pressure.0.note(BUSY));
            assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            // Within a second.
            (0..100).for_each(|_| pressure.0.note(CALM));
            begin(&pressure, 524);
        });
    }

    #[test]
    fn cores_that_others_keep_busy_count_when_things_wait_for_them() {
        let wait = |millis| Glance { wait: Duration::from_millis(millis), ..CALM };
        assert!(wait(50).is_too_much(2) && !wait(10).is_too_much(2));
        let working = |micros| Glance { working: Duration::from_micros(micros), ..CALM };
        assert!(working(9_500).is_too_much(2) && !working(8_500).is_too_much(2));
        assert!(BUSY.is_too_much(2) && !BUSY.is_too_much(3));
    }

    #[test]
    fn a_thread_has_something_to_do_also_while_it_has_no_core() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let threads = runtime.metrics();
        let before = working_time(&threads);
        let call = async {
            thread::sleep(TIME);
            // Only now does the thread say how long it has been at it.
            tokio::time::sleep(TIME).await;
        };
        runtime.block_on(runtime.spawn(call)).expect("it ends");
        assert!(working_time(&threads) >= before + TIME);
    }

    #[test]
    fn whoever_is_kept_out_takes_no_room() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            let mut working = begin(&pressure, 4);
            pressure.0.note(BUSY);
            for _ in 0..1000 {
                assert!(matches!(pressure.begin(), Err(Refusal::Overloaded)));
            }
            working.pop();
            pressure.begin().expect("one has gone");
        });
    }

    #[test]
    fn it_is_watched_until_all_have_room_again() {
        on_a_runtime(async {
            let pressure = Pressure::with(2, 4, 100);
            drop(begin(&pressure, 4));
            assert!(!pressure.0.watched.load(Ordering::Relaxed), "who works as always needs no watch");
            let working = begin(&pressure, 5);
            assert!(pressure.0.watched.load(Ordering::Relaxed) && pressure.0.is_of_interest());
            pressure.0.note(BUSY);
            drop(working);
            assert!(pressure.0.is_of_interest());
            (0..100).for_each(|_| pressure.0.note(CALM));
            assert!(!pressure.0.is_of_interest());
        });
    }

    #[test]
    fn nobody_is_kept_out_by_a_watch_that_has_gone() {
        let pressure = Pressure::with(2, 4, 100);
        let _working = on_a_runtime(async {
            let working = begin(&pressure, 50);
            pressure.0.note(BUSY);
            working
        });
        on_a_runtime(async { begin(&pressure, 50) });
    }
}
