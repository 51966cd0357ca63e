//! The way to threads, which somebody may close.

use std::{
    fmt, io,
    sync::{Mutex, PoisonError},
    thread,
};

use tokio::sync::oneshot;

use crate::StoreError;

/// How many callers may wait before the next one waits to be let in.
const DEPTH: usize = 1024;

/// The way to threads that do the same. They end when it is closed or dropped, after what they were told before.
pub(super) struct Way<T> {
    orders: Mutex<Option<flume::Sender<T>>>,
    /// Each is told of by a thread that has ended, and has dropped all it had.
    ends: tokio::sync::Mutex<Vec<oneshot::Receiver<()>>>,
}

impl<T: Send + 'static> Way<T> {
    /// Starts a thread of this name for each `work`, which is to go on until there are no more orders.
    pub(super) fn open<W>(name: &str, works: impl IntoIterator<Item = W>) -> io::Result<Way<T>>
    where
        W: FnOnce(&flume::Receiver<T>) + Send + 'static,
    {
        let (orders, waiting) = flume::bounded(DEPTH);
        let mut ends = Vec::new();
        for work in works {
            let waiting = waiting.clone();
            let (end, ended) = oneshot::channel();
            let work = move || {
                work(&waiting);
                let _ = end.send(());
            };
            thread::Builder::new().name(name.into()).spawn(work)?;
            ends.push(ended);
        }
        Ok(Way { orders: Mutex::new(Some(orders)), ends: tokio::sync::Mutex::new(ends) })
    }

    /// Gives an order to whichever thread is free first.
    pub(super) async fn send(&self, order: T) -> Result<(), StoreError> {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner).clone();
        orders.ok_or_else(closed)?.send_async(order).await.map_err(|_| closed())
    }

    /// Takes no more orders, and waits until the threads have ended.
    pub(super) async fn close(&self) {
        drop(self.orders.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut ends = self.ends.lock().await;
        while let Some(end) = ends.last_mut() {
            // A thread that broke off has ended as well.
            let _ = end.await;
            ends.pop();
        }
    }
}

/// What somebody hears whose order comes too late.
pub(super) fn closed() -> StoreError {
    StoreError::Unavailable("the database was closed".into())
}

impl<T> fmt::Debug for Way<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").finish_non_exhaustive()
    }
}
