//! One connection, from its handshake to its end.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, server::conn::http2};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;
use tonic::{service::Routes, transport::server::Connected};
use tower::ServiceExt as _;

use super::{ServerSettings, Transport};

/// What all connections share.
#[derive(Debug)]
pub(super) struct Connections {
    routes: Routes,
    transport: Transport,
    settings: ServerSettings,
    handshakes: Semaphore,
    stopping: CancellationToken,
}

impl Connections {
    pub(super) fn new(
        routes: Routes,
        transport: Transport,
        settings: ServerSettings,
        stopping: CancellationToken,
    ) -> Connections {
        let handshakes = Semaphore::new(settings.max_handshakes.min(Semaphore::MAX_PERMITS));
        Connections { routes, transport, settings, handshakes, stopping }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, tcp: TcpStream) {
        let peer = tcp.peer_addr().ok();
        // Answers are small and complete: waiting for more to send with them would only delay them.
        let _ = tcp.set_nodelay(true);
        match &self.transport {
            Transport::Plaintext => self.talk(tcp, peer).await,
            Transport::Tls(config) => {
                let config = config.borrow().clone();
                match timeout(self.settings.handshake_timeout, self.shake_hands(config, tcp)).await {
                    Ok(Ok(tls)) => self.talk(tls, peer).await,
                    Ok(Err(error)) => tracing::debug!(?peer, %error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!(?peer, "a TLS handshake took too long"),
                }
            }
        }
    }

    async fn shake_hands(
        &self,
        config: Arc<ServerConfig>,
        tcp: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let _turn = self.handshakes.acquire().await.map_err(io::Error::other)?;
        TlsAcceptor::from(config).accept(tcp).await
    }

    /// Speaks HTTP/2 until the other end leaves, or was asked to leave and its calls are done.
    async fn talk<S>(&self, stream: S, peer: Option<SocketAddr>)
    where
        S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    {
        let info = stream.connect_info();
        let routes = self.routes.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(info.clone());
            request
        });
        let connection = http2().serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
        let mut connection = pin!(connection);
        let leave = async {
            tokio::select! {
                () = self.stopping.cancelled() => {}
                () = sleep(self.settings.max_connection_age) => {}
            }
        };
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = leave => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(?peer, %error, "a connection broke");
        }
    }
}

/// HTTP/2 as this server speaks it.
fn http2() -> http2::Builder<TokioExecutor> {
    /// Room for the longest token there may be, and for other headers.
    const MAX_HEADERS: u32 = 32 * 1024;
    /// The most calls at once on one connection.
    const MAX_STREAMS: u32 = 256;
    /// How long a connection may be silent before its other end is asked whether it is still there.
    const SILENCE: Duration = Duration::from_secs(60);
    /// How long to wait for its word.
    const PATIENCE: Duration = Duration::from_secs(20);

    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADERS)
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(SILENCE)
        .keep_alive_timeout(PATIENCE);
    builder
}
