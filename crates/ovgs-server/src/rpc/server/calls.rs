//! The calls of one connection, which say whether it is in use.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// How many calls of a connection are in progress.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(watch::Sender<usize>);

/// A call in progress, until this is dropped.
#[derive(Debug)]
pub(super) struct Call(Calls);

impl Calls {
    pub(super) fn begin(&self) -> Call {
        self.0.send_modify(|in_progress| *in_progress += 1);
        Call(self.clone())
    }

    /// Waits until there has been no call for so long.
    pub(super) async fn none_for(&self, time: Duration) {
        let mut calls = self.0.subscribe();
        // Neither wait fails, since the sender is here.
        loop {
            let _ = calls.wait_for(|in_progress| *in_progress == 0).await;
            if timeout(time, calls.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.0.send_modify(|in_progress| *in_progress -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_call_in_progress_is_no_silence() {
        let calls = Calls::default();
        let (first, second) = (calls.begin(), calls.begin());
        drop(first);
        let mut silence = Box::pin(calls.none_for(Duration::ZERO));
        assert!(silence.as_mut().now_or_never().is_none());
        drop(second);
        silence.await;
    }
}
