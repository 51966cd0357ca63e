//! One connection, from its handshake to its end.

use std::{net::SocketAddr, pin::pin, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::Pages;
use crate::rpc::Transport;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long a request may take to come, the silence before it included.
const REQUEST: Duration = Duration::from_secs(20);

/// How long a connection may last, which also bounds how long an answer may take to be read.
const AGE: Duration = Duration::from_secs(120);

/// The longest request that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) transport: Transport,
    pub(super) pages: Pages,
    pub(super) closing: CancellationToken,
}

impl Connection {
    /// Serves one connection to its end.
    pub(super) async fn serve(&self, tcp: TcpStream, peer: SocketAddr) {
        match &self.transport {
            Transport::Plaintext => self.talk(tcp, peer).await,
            Transport::Tls(config) => {
                let acceptor = TlsAcceptor::from(config.borrow().clone());
                match timeout(HANDSHAKE, acceptor.accept(tcp)).await {
                    Ok(Ok(tls)) => self.talk(tls, peer).await,
                    Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
                }
            }
        }
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send>(&self, stream: S, peer: SocketAddr) {
        let answers = service_fn(|request| self.pages.answer(request));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(LONGEST);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answers));
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = sleep(AGE) => return,
            () = self.closing.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, %error, "a connection broke");
        }
    }
}
