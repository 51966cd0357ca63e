//! The port beside the service, for machines that look after it: the trust bundle, metrics, health. HTTP/1.1, without
//! credentials, and nothing in it that would need any.

mod connection;
mod pages;

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::connection::Connection;
pub use self::pages::{Pages, TRUST_BUNDLE};
use crate::rpc::Transport;

/// The most connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 64;

/// How long to wait when the system has no more file descriptors, say.
const PAUSE: Duration = Duration::from_millis(50);

/// How long answers may take after the end was asked for.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves these pages until `stop` resolves, and what is in progress then to its end.
pub async fn serve(
    listener: TcpListener,
    transport: Transport,
    pages: Pages,
    stop: impl Future<Output = ()> + Send,
) {
    let closing = CancellationToken::new();
    let connection = Arc::new(Connection { transport, pages, closing: closing.clone() });
    let doors = Arc::new(Semaphore::new(CONNECTIONS));
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        // There is a permit in the end, because nobody closes the semaphore.
        let next = async { (doors.clone().acquire_owned().await.ok(), listener.accept().await) };
        tokio::select! {
            () = &mut stop => break,
            Some(_) = open.join_next() => {}
            (door, accepted) = next => match accepted {
                Ok((tcp, peer)) => {
                    let connection = connection.clone();
                    open.spawn(async move {
                        connection.serve(tcp, peer).await;
                        drop(door);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    closing.cancel();
    if timeout(DRAIN, async { while open.join_next().await.is_some() {} }).await.is_err() {
        open.shutdown().await;
    }
}
