//! The thread that writes. Group commit: what many callers want written at the same time is made durable by one transaction.

use std::{cell::Cell, fmt, thread};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{direct::stopped, log::Log, turn::Turn};
use crate::{StoreError, sql::error};

/// How many callers may wait before the next one waits to be let in.
const DEPTH: usize = 1024;
/// How many callers share one transaction at most.
const SHARED_BY: usize = 256;
/// By how many pages of 4 KiB the write-ahead log grows before it is shortened.
const LOG_PAGES: i32 = 1000;

thread_local! {
    /// How long the log was after this thread's last transaction, in pages.
    static LOGGED: Cell<i32> = const { Cell::new(0) };
}

/// What somebody wants written: all of it or, after an error, nothing.
type Work = Box<dyn FnOnce(&Connection) -> Outcome + Send>;

type Outcome = Result<(), StoreError>;
type Done = oneshot::Sender<Outcome>;

/// What one caller wants, and where it waits.
struct Job {
    work: Work,
    done: Done,
}

/// What the thread is to do.
enum Order {
    Write(Job),
    /// Nothing more; its connection is closed once this is dropped.
    Stop(oneshot::Sender<()>),
}

/// The way to the thread that writes. It ends when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
}

impl Writer {
    /// Starts the thread. It ends the `log`'s thread when it ends itself.
    pub(super) fn start(db: Connection, turn: Turn, log: Log) -> std::io::Result<Writer> {
        let (orders, waiting) = mpsc::channel(DEPTH);
        let thread = Thread { db, turn, log, asked_at: 0 };
        thread::Builder::new().name("ovgs-writer".into()).spawn(move || thread.work(waiting))?;
        Ok(Writer { orders })
    }

    /// Returns once the work is durable, or nothing of it was done. A caller that goes away takes nothing of the others with
    /// it; its own work may or may not be done.
    pub(super) async fn write(&self, work: impl FnOnce(&Connection) -> Outcome + Send + 'static) -> Outcome {
        let (done, written) = oneshot::channel();
        let job = Job { work: Box::new(work), done };
        self.orders.send(Order::Write(job)).await.map_err(|_| stopped())?;
        written.await.map_err(|_| stopped())?
    }

    /// Ends the thread, once what it is at is done.
    pub(super) async fn stop(&self) {
        let (stop, stopped) = oneshot::channel();
        if self.orders.send(Order::Stop(stop)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

struct Thread {
    db: Connection,
    turn: Turn,
    log: Log,
    /// How long the log was when it was last asked to be shorter.
    asked_at: i32,
}

impl Thread {
    /// While one transaction is made durable the next one gathers, so they grow with the load and nobody waits for a timer.
    fn work(mut self, mut waiting: mpsc::Receiver<Order>) {
        self.db.wal_hook(Some(|_, pages| {
            LOGGED.set(pages);
            Ok(())
        }));
        let mut stop = None;
        let mut orders = Vec::with_capacity(SHARED_BY);
        while waiting.blocking_recv_many(&mut orders, SHARED_BY) > 0 {
            let mut jobs = Vec::with_capacity(orders.len());
            for order in orders.drain(..) {
                match order {
                    // Whoever has gone away before it began does not want it written.
                    Order::Write(job) if !job.done.is_closed() => jobs.push(job),
                    Order::Write(_) => {}
                    Order::Stop(by) => stop = Some(by),
                }
            }
            if !jobs.is_empty() {
                self.write(jobs);
            }
            if stop.is_some() {
                break;
            }
        }
        self.log.end();
    }

    fn write(&mut self, jobs: Vec<Job>) {
        let turn = self.turn.clone();
        let turn = turn.wait_on_thread();
        let outcomes = self.transaction(jobs);
        drop(turn);
        for (done, outcome) in outcomes {
            let _ = done.send(outcome);
        }
        self.shorten_the_log();
    }

    /// Does all work in one transaction. What one of them did before it failed is taken back, and that alone.
    fn transaction(&self, jobs: Vec<Job>) -> Vec<(Done, Outcome)> {
        if let Err(error) = self.run("BEGIN IMMEDIATE") {
            return jobs.into_iter().map(|job| (job.done, Err(error::direct(&error)))).collect();
        }
        let mut outcomes: Vec<_> =
            jobs.into_iter().map(|Job { work, done }| (done, self.apart(work))).collect();
        if let Err(error) = self.run("COMMIT") {
            let _ = self.run("ROLLBACK");
            for (_, outcome) in outcomes.iter_mut().filter(|(_, outcome)| outcome.is_ok()) {
                *outcome = Err(error::direct_outcome_unknown(&error));
            }
        }
        outcomes
    }

    /// Does one caller's work, or nothing of it.
    fn apart(&self, work: Work) -> Outcome {
        if self.db.is_autocommit() {
            // An error of a job before was such that SQLite rolled all of them back: there is nothing to commit either.
            return Err(StoreError::Unavailable("the database broke off the transaction".into()));
        }
        self.run("SAVEPOINT work").map_err(error::direct)?;
        let outcome = work(&self.db);
        if outcome.is_err() && !self.db.is_autocommit() {
            self.run("ROLLBACK TO work").map_err(error::direct)?;
        }
        if !self.db.is_autocommit() {
            self.run("RELEASE work").map_err(error::direct)?;
        }
        outcome
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute([]).map(drop)
    }

    fn shorten_the_log(&mut self) {
        let pages = LOGGED.get();
        if pages < self.asked_at {
            // It began anew.
            self.asked_at = 0;
        }
        if pages >= self.asked_at + LOG_PAGES {
            self.asked_at = pages;
            self.log.shorten();
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}
