//! Serving, as tonic does it.

use tonic::transport::{Identity, Server, ServerTlsConfig};

use ovgs_proto::v1::ownership_voucher_service_server::OwnershipVoucherServiceServer;

use crate::{Serve, service::Bare};

pub(crate) async fn serve(wanted: &Serve) -> anyhow::Result<()> {
    let identity = Identity::from_pem(std::fs::read(&wanted.cert)?, std::fs::read(&wanted.key)?);
    let service = OwnershipVoucherServiceServer::new(Bare::new(wanted).await?);
    let listener = tokio::net::TcpListener::bind(wanted.listen).await?;
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    let mut server = Server::builder().tls_config(ServerTlsConfig::new().identity(identity))?;
    println!("ready");
    server.add_service(service).serve_with_incoming(incoming).await?;
    Ok(())
}
