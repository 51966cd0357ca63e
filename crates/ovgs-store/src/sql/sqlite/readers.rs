//! Threads that read.

use std::io;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    reading,
    way::{Way, closed},
};
use crate::StoreError;

/// For how many callers one thread reads in one snapshot at most. With more, another thread would have nothing to do.
const SHARED_BY: usize = 16;

/// What somebody wants read, and how it is answered.
type Order = Box<dyn FnOnce(&Connection) + Send>;

/// Threads that read, a connection each.
#[derive(Debug)]
pub(super) struct Readers(Way<Order>);

impl Readers {
    /// Starts a thread of this name for each connection.
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Readers> {
        let works = connections.into_iter().map(|db| move |waiting: &_| work(&db, waiting));
        Way::open(name, works).map(Readers)
    }

    /// What it answers was read after it was asked.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        let order = move |db: &Connection| {
            // Whoever has gone away does not want to know.
            if !done.is_closed() {
                let _ = done.send(read(db));
            }
        };
        self.0.send(Box::new(order)).await?;
        answer.await.map_err(|_| closed())?
    }

    /// Ends the threads, once they have read what they were asked for.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// What gathered while all threads were reading is read from one snapshot, which costs about as much as a reading. It is
/// taken after the last of them was asked.
fn work(db: &Connection, waiting: &flume::Receiver<Order>) {
    let mut orders = Vec::with_capacity(SHARED_BY);
    while let Ok(first) = waiting.recv() {
        orders.push(first);
        orders.extend(waiting.try_iter().take(SHARED_BY - 1));
        // A snapshot that could not be ended would be read for ever.
        if !db.is_autocommit() && db.execute_batch("ROLLBACK").is_err() {
            return;
        }
        let _snapshot = reading::snapshot(db, orders.len());
        orders.drain(..).for_each(|read| read(db));
    }
}
