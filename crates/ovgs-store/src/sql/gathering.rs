//! How work for many callers gathers: while one task is at it, the next one waits for its turn, and more comes together.

use std::{pin::pin, time::Duration};

use sea_orm::DatabaseConnection;
use tokio::{sync::mpsc, time::timeout};

#[cfg(feature = "postgres")]
use super::postgres::Kept;

/// After this long the next task may begin anyway, so that what waits for a lock or a dead connection holds nobody else up.
const SLOW: Duration = Duration::from_millis(10);
/// After this long without work a connection is given back.
const IDLE: Duration = Duration::from_millis(50);

/// The way of gathered work to the database.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) db: DatabaseConnection,
    /// After this long without an answer a connection counts as dead.
    #[cfg(feature = "postgres")]
    pub(super) patience: Duration,
    #[cfg(feature = "postgres")]
    pub(super) kept: Kept,
}

impl Line {
    pub(super) fn to(
        db: &DatabaseConnection,
        #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite always answers"))]
        patience: Duration,
    ) -> Line {
        Line {
            db: db.clone(),
            #[cfg(feature = "postgres")]
            patience,
            #[cfg(feature = "postgres")]
            kept: Kept::default(),
        }
    }

    /// Another way to the same place.
    #[cfg(feature = "postgres")]
    pub(super) fn beside(&self) -> Line {
        Line::to(&self.db, self.patience)
    }

    /// Waits for work, and takes what is there. Says how much; nothing if there will be none.
    pub(super) async fn gather<T>(
        &self,
        waiting: &mut mpsc::Receiver<T>,
        jobs: &mut Vec<T>,
        most: usize,
    ) -> usize {
        if let Ok(gathered) = timeout(IDLE, waiting.recv_many(jobs, most)).await {
            return gathered;
        }
        self.give_back();
        waiting.recv_many(jobs, most).await
    }

    /// Does the work; the turn is over when it is done, or takes long. Without a turn it is done beside others' work.
    pub(super) async fn in_turn<T>(&self, turn: Option<impl Sized>, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        if turn.is_some() {
            let done = timeout(SLOW, work.as_mut()).await;
            drop(turn);
            if let Ok(done) = done {
                return done;
            }
        }
        let done = work.await;
        // Whoever has the turn now may have given back before, and does so once alone.
        self.give_back();
        done
    }

    /// Keeps no connection for now.
    pub(super) fn give_back(&self) {
        #[cfg(feature = "postgres")]
        self.kept.give_back();
    }
}
