//! Whose turn it is to write: SQLite's own lock knows no queue, it lets who waits try again now and then.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::{
    sync::{Mutex, MutexGuard, OwnedMutexGuard},
    time::timeout,
};

/// The turn of this process's writers, in the order in which they ask for it. Another process is waited for in SQLite.
#[derive(Clone, Debug)]
pub(in crate::sql) struct Turn {
    one: Arc<Mutex<()>>,
    patience: Duration,
}

impl Turn {
    /// A task waits for its turn so long at most.
    pub(super) fn new(patience: Duration) -> Turn {
        Turn { one: Arc::default(), patience }
    }

    /// Waits for the turn, which is over when the guard is dropped.
    pub(in crate::sql) async fn wait(&self) -> Result<OwnedMutexGuard<()>, DbErr> {
        let turn = timeout(self.patience, self.one.clone().lock_owned()).await;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    }

    /// The same for a thread, which waits as long as it takes: everybody else's turn comes to an end.
    pub(super) fn wait_on_thread(&self) -> MutexGuard<'_, ()> {
        self.one.blocking_lock()
    }
}
