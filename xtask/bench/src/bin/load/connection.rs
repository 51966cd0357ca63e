//! Connections to the service.

use anyhow::Context;
use ovgs_proto::v1::ownership_voucher_service_client::OwnershipVoucherServiceClient;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig},
};

use crate::Server;

/// The service, as called over one connection.
pub(crate) type Client = OwnershipVoucherServiceClient<InterceptedService<Channel, Bearer>>;

/// Adds the token to every call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Opens all connections.
pub(crate) async fn open(server: &Server) -> anyhow::Result<Vec<Client>> {
    let pem = std::fs::read(&server.ca).with_context(|| format!("cannot read `{}`", server.ca.display()))?;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)).domain_name("localhost");
    let endpoint = Channel::from_shared(server.endpoint.clone())?.tls_config(tls)?.tcp_nodelay(true);
    let mut token: MetadataValue<Ascii> = format!("Bearer {}", server.token).parse()?;
    token.set_sensitive(true);
    let mut clients = Vec::with_capacity(server.connections);
    for _ in 0..server.connections.max(1) {
        let channel = endpoint.connect().await.with_context(|| format!("no way to `{}`", server.endpoint))?;
        let client = OwnershipVoucherServiceClient::with_interceptor(channel, Bearer(token.clone()));
        clients.push(client.max_decoding_message_size(64 << 20));
    }
    Ok(clients)
}
