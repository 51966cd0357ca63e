//! What `serve` and `dev` have in common.

mod reload;
mod side;
pub(super) mod signals;
mod trial;
mod vendor;

use std::{io, net::SocketAddr, sync::Arc};

use ovgs_store::SqlStore;
use ovgs_voucher::Pkcs11Modules;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use self::{
    reload::{Reload, TlsInForce},
    side::Side,
    vendor::VendorSide,
};
use super::{CliError, Output};
use crate::{
    authn::{Authenticator, OidcAuthenticator, TokenAuthority},
    clock::{Clock, System},
    config::{Authentication, Config},
    issuers::Issuers,
    rpc::{self, Mount, ServerSettings, Transport},
    service::Service,
    side_port::Pages,
    telemetry::Metrics,
};

/// A server that has everything it needs, its ports included, and does not serve yet.
#[derive(Debug)]
pub(super) struct Prepared {
    listener: TcpListener,
    address: SocketAddr,
    transport: Transport,
    mount: Mount,
    settings: ServerSettings,
    side: Option<Side>,
    vendor: Option<VendorSide>,
    reload: Reload,
    stopping: CancellationToken,
    oidc: Arc<OidcAuthenticator>,
    pub(super) authority: Arc<TokenAuthority>,
}

impl Prepared {
    /// Looks at everything that can be wrong, issues and verifies one voucher of each issuer in memory, and binds the
    /// ports last.
    pub(super) async fn new(
        config: &Config,
        listen: SocketAddr,
        store: Arc<SqlStore>,
    ) -> Result<Prepared, CliError> {
        let (now, modules) = (System.now(), Pkcs11Modules::default());
        let tls = config.server_tls()?.map(TlsInForce::new);
        let Authentication { chain, tokens: authority, oidc } = config.authentication(store.clone())?;
        let (issuers, warnings) = config.issuers(&modules, now).await?;
        trial::check_issuers(&issuers, now).await?;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        if tls.is_none() {
            tracing::warn!("serving without TLS: tokens can be read on the way");
        }
        let issuers = Issuers::from(issuers);
        let metrics = measured(config, &issuers);
        let desk = config.desk(store.clone(), issuers.clone(), authority.clone());
        let service = Service::new(store, issuers.clone(), config.service_settings());
        let service = Arc::new(service.with_metrics(metrics.clone()));
        let stopping = CancellationToken::new();
        let pages = Pages::new(service.clone(), issuers.clone(), metrics.clone(), stopping.clone());
        let chain: Vec<Arc<dyn Authenticator>> = vec![chain];
        let vendor = Mount::provisioning(desk.clone(), chain.clone());
        let vendor = vendor.with_limits(config.call_limits()).with_metrics(metrics.clone());
        let mut mount = Mount::new(service, chain)
            .with_token_authority(authority.clone())
            .with_limits(config.call_limits());
        if config.provisioning.on_main {
            mount = mount.with_provisioning(desk);
        }
        let (listener, address) = bind(listen).await?;
        Ok(Prepared {
            listener,
            address,
            transport: tls.as_ref().map_or(Transport::Plaintext, TlsInForce::rpc),
            mount: mount.with_metrics(metrics.clone()),
            settings: config.server_settings(),
            side: Side::bind(&config.http, tls.as_ref(), pages).await?,
            vendor: VendorSide::bind(&config.provisioning, vendor).await?,
            reload: Reload::new(config.clone(), modules, issuers, tls, metrics),
            stopping,
            oidc,
            authority,
        })
    }

    /// Where clients find it. An address that means all of the machine's is shown as `localhost`.
    pub(super) fn endpoint(&self) -> String {
        let scheme = match self.transport {
            Transport::Tls(_) => "https",
            Transport::Plaintext => "http",
        };
        format!("{scheme}://{}", self.authority_part())
    }

    /// Host and port of the endpoint.
    pub(super) fn authority_part(&self) -> String {
        shown(self.address)
    }

    /// Says `ready` and serves until a signal comes and the calls in flight are done.
    pub(super) async fn serve(self, output: &mut Output) -> Result<(), CliError> {
        let stop = signals::stop_signal().map_err(no_signals)?;
        let endpoint = self.endpoint();
        let Prepared { listener, transport, mount, settings, side, vendor, reload, stopping, oidc, .. } =
            self;
        // They end with this function.
        let mut beside = JoinSet::new();
        beside.spawn(reload.at_each(signals::hangups().map_err(no_signals)?));
        beside.spawn(async move { oidc.keep_fresh(Arc::new(System)).await });
        tracing::info!(%endpoint, "ready");
        let told =
            side.as_ref().map_or(Ok(()), |side| output.line(format_args!("beside: {}", side.endpoint())));
        say_ready(told, &endpoint, output)?;
        let ended = CancellationToken::new();
        let side = side.map(|side| tokio::spawn(side.serve(ended.clone())));
        let stop = async {
            stop.await;
            stopping.cancel();
        };
        let vendor = vendor::serve(vendor, transport.clone(), settings.clone(), &stopping);
        let operators = rpc::serve(listener, transport, mount, settings, stop);
        let served = tokio::try_join!(operators, vendor).map(|((), ())| ());
        ended.cancel();
        if let Some(side) = side {
            // It fails if it panicked, which was told.
            let _ = side.await;
        }
        tracing::info!("stopped");
        served.map_err(|error| CliError::Said(Box::new(error)))
    }
}

/// Says after all else that connections are accepted.
pub(super) fn say_ready(
    told: Result<(), CliError>,
    endpoint: &str,
    output: &mut Output,
) -> Result<(), CliError> {
    let ready = |()| output.line(format_args!("ready: {endpoint}")).and_then(|()| output.finish());
    match told.and_then(ready) {
        // A server whose standard output nobody reads serves all the same.
        Ok(()) | Err(CliError::NobodyReads) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) fn no_signals(error: io::Error) -> CliError {
    CliError::said("signals cannot be awaited").because(error)
}

/// What is measured, the ends of the signers included.
fn measured(config: &Config, issuers: &Issuers) -> Arc<Metrics> {
    let mut metrics = Metrics::default();
    metrics.watch_signers(issuers.clone(), config.limits.max_voucher_lifetime, Arc::new(System));
    Arc::new(metrics)
}

pub(super) async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), CliError> {
    let listener = TcpListener::bind(listen).await.map_err(|error| unbound(listen, error))?;
    let address = listener.local_addr().map_err(|error| unbound(listen, error))?;
    Ok((listener, address))
}

/// An address as clients write it.
fn shown(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("localhost:{}", address.port()),
        false => address.to_string(),
    }
}

fn unbound(listen: SocketAddr, error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::AddrInUse => CliError::said(format!(
            "cannot listen on `{listen}`: another program uses the port; stop it, or listen elsewhere"
        )),
        _ => CliError::said(format!("cannot listen on `{listen}`")).because(error),
    }
}
