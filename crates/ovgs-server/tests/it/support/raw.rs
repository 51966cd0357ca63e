//! A call without a gRPC client, which would have opinions of its own on deadlines and headers.

use std::{error::Error, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, request::Builder};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Body,
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::{Code, Status};

use super::Server;

/// What came back: the HTTP status, and headers and trailers together.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http: StatusCode,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    /// The gRPC status, wherever it stood.
    pub(crate) fn code(&self) -> Code {
        Status::from_header_map(&self.headers).expect("a gRPC status").code()
    }
}

/// An empty gRPC message: no compression, a length of 0.
pub(crate) const EMPTY: Bytes = Bytes::from_static(&[0; 5]);

/// Sends an empty gRPC message to a method of the service, with these headers beside the usual ones.
pub(crate) async fn call(server: &Server, method: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = to(method);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(server, request.body(EMPTY).unwrap()).await
}

/// A request for a method of the service, with the usual headers.
pub(crate) fn to(method: &str) -> Builder {
    Request::post(format!("https://localhost/ovgs.v1.OwnershipVoucherService/{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
}

/// Sends a request as it is, on a connection of its own.
pub(crate) async fn send(server: &Server, request: Request<Bytes>) -> Answer {
    let mut sender = connect(server).await;
    let response = sender.send_request(request.map(Full::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    let mut headers = parts.headers;
    let trailers = body.collect().await.unwrap().trailers().cloned();
    headers.extend(trailers.unwrap_or_default());
    Answer { http: parts.status, headers }
}

/// A connection for requests with bodies of any kind, until what sends them is dropped.
pub(crate) async fn connect<B>(server: &Server) -> SendRequest<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let tcp = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let tls = TlsConnector::from(Arc::new(client_config(&server.ca))).connect(name, tcp).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(connection);
    sender
}

fn client_config(ca: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}
