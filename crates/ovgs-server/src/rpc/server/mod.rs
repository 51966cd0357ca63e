//! The server: connections come in, are served, and are let go.

mod calls;
mod connection;
mod peers;
mod preface;
mod routes;
mod turns;

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub(super) use self::peers::network;
pub(super) use self::routes::Services;
use self::{connection::Connections, peers::Peers, routes::Health};
use super::{Mount, ServeError, signer::SignerMount};
use crate::clock::System;

/// How connections come in.
#[derive(Clone, Debug)]
pub enum Transport {
    /// With TLS. The configuration is looked at for each connection: send a new one, and new connections get it.
    Tls(watch::Receiver<Arc<ServerConfig>>),
    /// In the clear, tokens included: for tests, and behind something that does TLS on the same machine.
    Plaintext,
}

impl Transport {
    /// With a TLS configuration that never changes.
    #[must_use]
    pub fn tls(config: Arc<ServerConfig>) -> Transport {
        Transport::Tls(watch::channel(config).1)
    }
}

/// How the server treats connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// How long calls in progress may go on after the stop signal, or after their connection was asked to end.
    pub drain: Duration,
    /// How long a new connection may keep silent before its TLS ClientHello is complete.
    pub hello_timeout: Duration,
    /// How long a TLS handshake may take, the wait for its turn included; then again how long until HTTP/2 begins.
    pub handshake_timeout: Duration,
    /// The most TLS handshakes at once.
    pub max_handshakes: usize,
    /// The most connections at once; more wait in the system's queue.
    pub max_connections: usize,
    /// The most connections at once from any one address (of IPv6: from one /64); more are refused. What is behind one
    /// proxy shares its address.
    pub max_connections_per_peer: usize,
    /// How long a connection may last without a call before its client is asked to leave.
    pub idle_timeout: Duration,
    /// How long a connection may last before its client is asked to make a new one, so that a new TLS configuration
    /// reaches everybody in the end.
    pub max_connection_age: Duration,
}

impl Default for ServerSettings {
    fn default() -> ServerSettings {
        ServerSettings {
            drain: Duration::from_secs(30),
            hello_timeout: Duration::from_secs(3),
            handshake_timeout: Duration::from_secs(10),
            max_handshakes: 256,
            max_connections: 4096,
            max_connections_per_peer: 1024,
            idle_timeout: Duration::from_secs(600),
            max_connection_age: Duration::from_secs(3600),
        }
    }
}

/// Serves the gRPC services, with health and reflection beside them, until `stop` resolves.
///
/// Then the listener is closed, health turns to `NOT_SERVING`, calls in progress go on for at most
/// [`ServerSettings::drain`], and what is left is cut off.
///
/// # Errors
/// [`ServeError`] if it cannot begin. Once it serves, it serves.
pub async fn serve(
    listener: TcpListener,
    transport: Transport,
    mount: Mount,
    settings: ServerSettings,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let stopping = CancellationToken::new();
    let ids = mount.ids();
    let (routes, health) = routes::routes(mount.into_services(), ids, &stopping).await?;
    run(listener, transport, Served { routes, health, stopping }, settings, stop).await;
    Ok(())
}

/// Serves a signer as [`serve`] does, for clients with certificates alone.
///
/// The TLS configuration must ask for client certificates, as [`TlsPem::mutual_server_config`](super::TlsPem) does:
/// whoever has none is refused in each call.
///
/// # Errors
/// As [`serve`].
pub async fn serve_signer(
    listener: TcpListener,
    tls: watch::Receiver<Arc<ServerConfig>>,
    mount: SignerMount,
    settings: ServerSettings,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let stopping = CancellationToken::new();
    let services = Services::default().with(mount.into_service());
    let (routes, health) = routes::routes(services, Arc::new(System), &stopping).await?;
    let transport = Transport::Tls(tls);
    run(listener, transport, Served { routes, health, stopping }, settings, stop).await;
    Ok(())
}

/// What is served, and how it learns that there is an end to it.
#[derive(Debug)]
struct Served {
    routes: Routes,
    health: Health,
    stopping: CancellationToken,
}

/// Serves until `stop` resolves.
async fn run(
    listener: TcpListener,
    transport: Transport,
    served: Served,
    settings: ServerSettings,
    stop: impl Future<Output = ()> + Send,
) {
    let Served { routes, health, stopping } = served;
    let drain = settings.drain;
    let doors = Arc::new(Semaphore::new(settings.max_connections.min(Semaphore::MAX_PERMITS)));
    let peers = Peers::new(settings.max_connections_per_peer);
    let connections = Arc::new(Connections::new(routes, transport, settings, stopping.clone()));
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = open.join_next() => {}
            (tcp, address, door) = accept(&listener, &doors) => {
                let Some(peer) = peers.admit(address.ip()) else {
                    tracing::debug!(%address, "an address has too many connections");
                    continue;
                };
                let connections = connections.clone();
                open.spawn(async move {
                    connections.serve(tcp, address).await;
                    drop((door, peer));
                });
            }
        }
    }
    drop(listener);
    health.stop().await;
    stopping.cancel();
    close(open, drain).await;
}

/// The next connection, as soon as there is room for one.
async fn accept(
    listener: &TcpListener,
    doors: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    /// How long to wait when the system has no more file descriptors, say.
    const PAUSE: Duration = Duration::from_millis(50);
    // There is a permit in the end, because nobody closes the semaphore.
    let door = doors.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((tcp, address)) => return (tcp, address, door),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Waits for connections to end on their own, then ends them.
async fn close(mut open: JoinSet<()>, drain: Duration) {
    let ended = timeout(drain, async { while open.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(connections = open.len(), "calls still in progress are cut off");
        open.shutdown().await;
    }
}
