//! The port beside the service.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{TlsInForce, bind, shown};
use crate::{
    cli::CliError,
    config::Http,
    rpc::Transport,
    side_port::{self, Pages},
};

/// The port beside the service, bound.
#[derive(Debug)]
pub(super) struct Side {
    listener: TcpListener,
    address: SocketAddr,
    transport: Transport,
    pages: Pages,
}

impl Side {
    /// Binds the port, if there is to be one.
    pub(super) async fn bind(
        http: &Http,
        tls: Option<&TlsInForce>,
        pages: Pages,
    ) -> Result<Option<Side>, CliError> {
        let Some(listen) = http.listen else { return Ok(None) };
        // Invariant: a configuration without a certificate has this port in the clear, or none.
        let tls = tls.filter(|_| !http.plaintext);
        let transport = tls.map_or(Transport::Plaintext, TlsInForce::http);
        let (listener, address) = bind(listen).await?;
        Ok(Some(Side { listener, address, transport, pages }))
    }

    /// Where it is.
    pub(super) fn endpoint(&self) -> String {
        let scheme = match self.transport {
            Transport::Tls(_) => "https",
            Transport::Plaintext => "http",
        };
        format!("{scheme}://{}", shown(self.address))
    }

    /// Serves until the end.
    pub(super) async fn serve(self, ended: CancellationToken) {
        side_port::serve(self.listener, self.transport, self.pages, ended.cancelled_owned()).await;
    }
}
