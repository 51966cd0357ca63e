//! The thread that writes. Group commit: what many callers want written at the same time is made durable by one transaction.

use std::{cell::Cell, io};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    log::Log,
    turn::Turn,
    way::{Way, closed},
};
use crate::{StoreError, sql::error};

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

/// What became of one caller's work in a transaction.
enum Fate {
    Done,
    /// Nothing of it was done.
    Refused(StoreError),
    /// Nor must anything of the others'.
    Broken(StoreError),
}

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Writer(Way<Job>);

impl Writer {
    /// Starts the thread. It ends the `log`'s thread when it ends itself.
    pub(super) fn start(db: Connection, turn: Turn, log: Log) -> io::Result<Writer> {
        let thread = Thread { db, turn, log, asked_at: 0 };
        Way::open("ovgs-writer", [move |waiting: &_| thread.work(waiting)]).map(Writer)
    }

    /// Returns once the work is durable, or nothing of it was done. A caller that goes away takes nothing of the others with
    /// it; its own work may or may not be done.
    pub(super) async fn write(&self, work: impl FnOnce(&Connection) -> Outcome + Send + 'static) -> Outcome {
        let (done, written) = oneshot::channel();
        self.0.send(Job { work: Box::new(work), done }).await?;
        written.await.map_err(|_| closed())?
    }

    /// Ends the thread, once it has written what it was told.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// How transactions go. They are prepared beforehand: what takes something back must not be lacking when it is needed.
mod step {
    pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
    pub(super) const COMMIT: &str = "COMMIT";
    pub(super) const ROLLBACK: &str = "ROLLBACK";
    pub(super) const SAVE: &str = "SAVEPOINT work";
    pub(super) const TAKE_BACK: &str = "ROLLBACK TO work";
    pub(super) const RELEASE: &str = "RELEASE work";
    pub(super) const ALL: [&str; 6] = [BEGIN, COMMIT, ROLLBACK, SAVE, TAKE_BACK, RELEASE];
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
    fn work(mut self, waiting: &flume::Receiver<Job>) {
        self.db.wal_hook(Some(|_, pages| {
            LOGGED.set(pages);
            Ok(())
        }));
        for sql in step::ALL {
            let _ = self.db.prepare_cached(sql);
        }
        while let Ok(first) = waiting.recv() {
            let mut jobs = vec![first];
            jobs.extend(waiting.try_iter().take(SHARED_BY - 1));
            // Whoever has gone away before it began does not want it written.
            jobs.retain(|job| !job.done.is_closed());
            if !jobs.is_empty() {
                self.write(jobs);
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
        if let Err(error) = self.run(step::BEGIN) {
            return jobs.into_iter().map(|job| (job.done, Err(error::direct(&error)))).collect();
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        let mut jobs = jobs.into_iter();
        for Job { work, done } in jobs.by_ref() {
            match self.apart(work) {
                Fate::Done => outcomes.push((done, Ok(()))),
                Fate::Refused(error) => outcomes.push((done, Err(error))),
                Fate::Broken(error) => {
                    let _ = self.run(step::ROLLBACK);
                    let others = outcomes.into_iter().map(|(done, _)| done).chain(jobs.map(|job| job.done));
                    let broken_off = others.map(|done| (done, Err(broken_off())));
                    return broken_off.chain([(done, Err(error))]).collect();
                }
            }
        }
        if let Err(error) = self.run(step::COMMIT) {
            let _ = self.run(step::ROLLBACK);
            // What was refused was perhaps refused for what is not so after all.
            for (_, outcome) in &mut outcomes {
                *outcome = Err(error::direct_outcome_unknown(&error));
            }
        }
        outcomes
    }

    /// Does one caller's work, or nothing of it.
    fn apart(&self, work: Work) -> Fate {
        let broken = |error| Fate::Broken(error::direct(error));
        if let Err(error) = self.run(step::SAVE) {
            return broken(error);
        }
        let outcome = work(&self.db);
        match outcome {
            // There are errors after which SQLite has rolled everything back.
            Err(error) if self.db.is_autocommit() => Fate::Broken(error),
            Err(error) => match self.run(step::TAKE_BACK).and_then(|()| self.run(step::RELEASE)) {
                Ok(()) => Fate::Refused(error),
                Err(error) => broken(error),
            },
            Ok(()) => self.run(step::RELEASE).map_or_else(broken, |()| Fate::Done),
        }
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

fn broken_off() -> StoreError {
    StoreError::Unavailable("the database broke off the transaction".into())
}
