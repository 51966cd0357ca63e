//! Keeping the write-ahead log short, beside who writes.

use std::{
    io,
    sync::mpsc,
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::turn::Turn;

/// The thread that brings the log into the file when it is asked to.
#[derive(Debug)]
pub(super) struct Log {
    calls: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Log {
    /// Starts the thread.
    pub(super) fn start(db: Connection, turn: Turn) -> io::Result<Log> {
        // One round more is enough, however often it is asked for during the present one.
        let (calls, called) = mpsc::sync_channel(1);
        let thread =
            thread::Builder::new().name("ovgs-log".into()).spawn(move || work(&db, &turn, &called))?;
        Ok(Log { calls, thread })
    }

    /// Asks for a shorter log, and does not wait for it.
    pub(super) fn shorten(&self) {
        let _ = self.calls.try_send(());
    }

    /// Ends the thread, which closes its connection.
    pub(super) fn end(self) {
        drop(self.calls);
        let _ = self.thread.join();
    }
}

/// The bulk is brought over while others write; only for what came meanwhile do they wait. After that the log begins anew.
fn work(db: &Connection, turn: &Turn, called: &mpsc::Receiver<()>) {
    while called.recv().is_ok() {
        bring_over(db, "PRAGMA wal_checkpoint(PASSIVE)");
        let _turn = turn.wait_on_thread();
        bring_over(db, "PRAGMA wal_checkpoint(RESTART)");
    }
}

/// What cannot be brought over now is as durable in the log, and comes with the next round.
fn bring_over(db: &Connection, how: &str) {
    let _ = db.query_row(how, [], |_| Ok(()));
}
