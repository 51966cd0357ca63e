//! Threads that read.

use std::{fmt, io, thread};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{direct::stopped, reading};
use crate::StoreError;

/// How many callers may wait before the next one waits to be let in.
const DEPTH: usize = 1024;
/// For how many callers one thread reads in one snapshot at most. With more, another thread would have nothing to do.
const SHARED_BY: usize = 16;

/// What a thread is to do.
enum Order {
    Read(Box<dyn FnOnce(&Connection) + Send>),
    /// Nothing more; its connection is closed once this is dropped.
    Stop(oneshot::Sender<()>),
}

/// The way to the threads that read. They end when the last clone is gone.
#[derive(Clone)]
pub(super) struct Readers {
    orders: flume::Sender<Order>,
    threads: usize,
}

impl Readers {
    /// Starts a thread of this name for each connection.
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Readers> {
        let (orders, waiting) = flume::bounded(DEPTH);
        let threads = connections.len();
        for db in connections {
            let waiting = waiting.clone();
            thread::Builder::new().name(name.into()).spawn(move || work(db, &waiting))?;
        }
        Ok(Readers { orders, threads })
    }

    /// What it answers was read after it was asked.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, answer) = oneshot::channel();
        let work = move |db: &Connection| {
            // Whoever has gone away does not want to know.
            if !done.is_closed() {
                let _ = done.send(read(db));
            }
        };
        self.orders.send_async(Order::Read(Box::new(work))).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Ends all threads, once what they are at is done. Nobody else may do the same meanwhile.
    pub(super) async fn stop(&self) {
        for _ in 0..self.threads {
            let (stop, stopped) = oneshot::channel();
            if self.orders.send_async(Order::Stop(stop)).await.is_ok() {
                let _ = stopped.await;
            }
        }
    }
}

/// What gathered while all threads were reading is read from one snapshot, which costs about as much as a reading. It is
/// taken after the last of them was asked.
fn work(db: Connection, waiting: &flume::Receiver<Order>) {
    let mut stop = None;
    let mut orders = Vec::with_capacity(SHARED_BY);
    while stop.is_none()
        && let Ok(first) = waiting.recv()
    {
        orders.push(first);
        orders.extend(waiting.try_iter().take(SHARED_BY - 1));
        let _snapshot = reading::snapshot(&db, orders.len());
        for order in orders.drain(..) {
            match order {
                Order::Read(read) => read(&db),
                Order::Stop(by) => stop = Some(by),
            }
        }
    }
    drop(db);
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("threads", &self.threads).finish_non_exhaustive()
    }
}
