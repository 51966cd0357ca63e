//! The vendor's side on a listener of its own.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::bind;
use crate::{
    cli::CliError,
    config::Provisioning,
    rpc::{self, Mount, ServeError, ServerSettings, Transport},
};

/// The vendor's side, bound.
#[derive(Debug)]
pub(super) struct VendorSide {
    listener: TcpListener,
    mount: Mount,
}

impl VendorSide {
    /// Binds its port, if it is to have one.
    pub(super) async fn bind(
        provisioning: &Provisioning,
        mount: Mount,
    ) -> Result<Option<VendorSide>, CliError> {
        let Some(listen) = provisioning.listen else { return Ok(None) };
        let (listener, address) = bind(listen).await?;
        tracing::info!(%address, "provisioning is served here");
        Ok(Some(VendorSide { listener, mount }))
    }
}

/// Serves the vendor's side, if there is one, until the server stops.
pub(super) async fn serve(
    vendor: Option<VendorSide>,
    transport: Transport,
    settings: ServerSettings,
    stopping: &CancellationToken,
) -> Result<(), ServeError> {
    match vendor {
        Some(VendorSide { listener, mount }) => {
            rpc::serve(listener, transport, mount, settings, stopping.cancelled()).await
        }
        None => Ok(()),
    }
}
