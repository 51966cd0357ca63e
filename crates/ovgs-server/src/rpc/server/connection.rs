//! One connection, from its handshake to its end.

use std::{convert::Infallible, future::pending, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::Request;
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::{ServerConfig, server::Acceptor};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Semaphore, oneshot, watch},
    time::{sleep, timeout},
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;
use tonic::{service::Routes, transport::server::Connected};
use tower::ServiceExt as _;

use super::{
    ServerSettings, Transport,
    calls::Calls,
    preface::Prefaced,
    turns::{Arrivals, Turns},
};

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
    pub(super) async fn serve(&self, tcp: TcpStream, peer: SocketAddr) {
        // Answers are small and complete: waiting for more to send with them would only delay them.
        let _ = tcp.set_nodelay(true);
        match &self.transport {
            Transport::Plaintext => self.talk(tcp, peer).await,
            Transport::Tls(config) => {
                match timeout(self.settings.handshake_timeout, self.shake_hands(config, tcp)).await {
                    Ok(Ok(tls)) => self.talk(tls, peer).await,
                    Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
                }
            }
        }
    }

    /// A handshake takes its turn when its ClientHello is there, so that who merely connects takes nobody's.
    async fn shake_hands(
        &self,
        config: &watch::Receiver<Arc<ServerConfig>>,
        tcp: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), tcp);
        let handshake = timeout(self.settings.hello_timeout, hello).await??;
        let _turn = self.handshakes.acquire().await.map_err(io::Error::other)?;
        let config = config.borrow().clone();
        handshake.into_stream(config).await
    }

    /// Speaks HTTP/2 until the other end leaves, or was asked to leave and its calls are done or take too long.
    async fn talk<S>(&self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    {
        let (info, calls) = (stream.connect_info(), Calls::default());
        let answers = service_fn(|mut request: Request<Incoming>| {
            request.extensions_mut().insert(info.clone());
            let (call, answer) = (calls.begin(), self.routes.clone().oneshot(request));
            async move {
                let answer = answer.await?;
                Ok::<_, Infallible>(answer.map(|body| {
                    body.map_frame(move |frame| {
                        let _until_the_body_ends = &call;
                        frame
                    })
                }))
            }
        });
        let arrivals = Arrivals::default();
        let (stream, turns) = Turns::new(stream, arrivals.clone());
        let (stream, preface) = Prefaced::new(stream);
        let mut connection = pin!(http2(arrivals).serve_connection(TokioIo::new(stream), answers));
        let ended = tokio::select! {
            ended = turns.run(connection.as_mut()) => ended,
            () = self.preface_overdue(preface) => {
                return tracing::debug!(%peer, "a connection did not begin to speak HTTP/2");
            }
            () = self.time_to_leave(&calls) => {
                connection.as_mut().graceful_shutdown();
                let ended = timeout(self.settings.drain, turns.run(connection)).await;
                ended.unwrap_or_else(|_| {
                    tracing::debug!(%peer, "a connection that was asked to end was cut off");
                    Ok(())
                })
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection broke");
        }
    }

    /// Resolves if the preface takes too long.
    async fn preface_overdue(&self, preface: oneshot::Receiver<()>) {
        if timeout(self.settings.handshake_timeout, preface).await.is_ok() {
            pending().await
        }
    }

    /// Resolves when there is a reason for a connection to end.
    async fn time_to_leave(&self, calls: &Calls) {
        tokio::select! {
            () = self.stopping.cancelled() => {}
            () = sleep(self.settings.max_connection_age) => {}
            () = calls.none_for(self.settings.idle_timeout) => {}
        }
    }
}

/// HTTP/2 as this server speaks it.
fn http2(arrivals: Arrivals) -> http2::Builder<Arrivals> {
    /// Room for the longest token there may be, and for other headers.
    const MAX_HEADERS: u32 = 32 * 1024;
    /// The most calls at once on one connection.
    const MAX_STREAMS: u32 = 256;
    /// How long a connection may be silent before its other end is asked whether it is still there.
    const SILENCE: Duration = Duration::from_secs(60);
    /// How long to wait for its word.
    const PATIENCE: Duration = Duration::from_secs(20);

    let mut builder = http2::Builder::new(arrivals);
    builder
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEADERS)
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(SILENCE)
        .keep_alive_timeout(PATIENCE);
    builder
}
