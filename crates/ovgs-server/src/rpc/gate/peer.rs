//! What a connection says about its other end.

use std::net::SocketAddr;

use http::{Extensions, Request};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

use crate::authn::{AuthnError, Credentials};

/// What a request brought along to say who is calling: tokens in its headers, the client certificate of its connection.
pub(super) fn credentials<B>(request: &Request<B>) -> Result<Credentials, AuthnError> {
    let credentials = Credentials::from_headers(request.headers())?;
    let client_certificate = client_certificate(request.extensions());
    Ok(Credentials { client_certificate, peer: address(request.extensions()), ..credentials })
}

/// Where the connection comes from, with TLS or without.
pub(in crate::rpc) fn address(extensions: &Extensions) -> Option<SocketAddr> {
    let tls = extensions.get::<TlsConnectInfo<TcpConnectInfo>>().map(TlsConnectInfo::get_ref);
    tls.or_else(|| extensions.get::<TcpConnectInfo>())?.remote_addr()
}

/// The client certificate of the connection, in DER.
pub(in crate::rpc) fn client_certificate(extensions: &Extensions) -> Option<Vec<u8>> {
    let chain = extensions.get::<TlsConnectInfo<TcpConnectInfo>>()?.peer_certs()?;
    Some(chain.first()?.to_vec())
}
