//! What `serve` and `dev` have in common.

use std::{io, net::SocketAddr, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{CertId, Component, ComponentId, DomainCert, Facts, Fingerprint, SerialNumber};
use ovgs_store::SqlStore;
use ovgs_voucher::{PinnedCert, Pkcs11Modules, TrustAnchors, VerifyOptions, verify};
use tokio::net::TcpListener;

use super::{CliError, Output};
use crate::{
    authn::TokenAuthority,
    clock::{Clock, System},
    config::Config,
    issuers::{Issuer, IssuerSet, IssuerState},
    rpc::{self, Mount, ServerSettings, Transport},
    service::Service,
};

/// A server that has everything it needs, its port included, and does not serve yet.
#[derive(Debug)]
pub(super) struct Prepared {
    listener: TcpListener,
    address: SocketAddr,
    transport: Transport,
    mount: Mount,
    pub(super) authority: Arc<TokenAuthority>,
}

impl Prepared {
    /// Looks at everything that can be wrong, issues and verifies one voucher of each issuer in memory, and binds the
    /// port last.
    pub(super) async fn new(
        config: &Config,
        listen: SocketAddr,
        store: Arc<SqlStore>,
    ) -> Result<Prepared, CliError> {
        let now = System.now();
        let transport = config.transport()?;
        let authority = Arc::new(config.token_authority(store.clone())?);
        let issuers = Arc::new(config.issuers(&Pkcs11Modules::default(), now).await?);
        check_issuers(&issuers, now).await?;
        warn(config, &transport, &issuers);
        let service = Arc::new(Service::new(store, issuers, config.service_settings()));
        let mount = Mount::new(service, vec![authority.clone()]).with_limits(config.call_limits());
        let listener = TcpListener::bind(listen).await.map_err(|error| unbound(listen, error))?;
        let address = listener.local_addr().map_err(|error| unbound(listen, error))?;
        Ok(Prepared { listener, address, transport, mount, authority })
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
        match self.address.ip().is_unspecified() {
            true => format!("localhost:{}", self.address.port()),
            false => self.address.to_string(),
        }
    }

    /// Says `ready` and serves until a signal comes and the calls in flight are done.
    pub(super) async fn serve(self, output: &mut Output) -> Result<(), CliError> {
        let stop =
            stop_signal().map_err(|error| CliError::said("signals cannot be awaited").because(error))?;
        let endpoint = self.endpoint();
        tracing::info!(%endpoint, "ready");
        match output.line(format_args!("ready: {endpoint}")).and_then(|()| output.finish()) {
            // A server whose standard output nobody reads serves all the same.
            Ok(()) | Err(CliError::NobodyReads) => {}
            Err(error) => return Err(error),
        }
        let served =
            rpc::serve(self.listener, self.transport, self.mount, ServerSettings::default(), stop).await;
        tracing::info!("stopped");
        served.map_err(|error| CliError::Said(Box::new(error)))
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

fn warn(config: &Config, transport: &Transport, issuers: &IssuerSet) {
    if matches!(transport, Transport::Plaintext) {
        tracing::warn!("serving without TLS: tokens can be read on the way");
    }
    if issuers.iter().next().is_none() {
        tracing::warn!(config = %config.file.display(), "there is no issuer, so no part is served");
    }
}

/// Issues and verifies one voucher of each active issuer, leaving nothing behind.
async fn check_issuers(issuers: &IssuerSet, now: DateTime<Utc>) -> Result<(), CliError> {
    for issuer in issuers.iter().filter(|issuer| issuer.state() == IssuerState::Active) {
        check_issuer(issuer, now).await.map_err(|error| {
            let name = issuer.name();
            CliError::said(format!("the issuer `{name}` does not make vouchers that verify")).because(error)
        })?;
    }
    Ok(())
}

async fn check_issuer(
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(ien) = issuer.iens().first() else { return Ok(()) };
    let (root, pinned) =
        (issuer.chain().root(), rcgen::generate_simple_self_signed(["self-check".to_owned()])?);
    let pinned = PinnedCert::from_der(pinned.cert.der().to_vec())?;
    let id = ComponentId { ien: *ien, serial_number: SerialNumber::parse("SELF-CHECK")? };
    let org = ovgs_domain::OrgId::parse("org-self-check")?;
    let component = Component { id, org, group: None, facts: Facts::default() };
    let cert = DomainCert {
        id: CertId::parse("cert-self-check")?,
        fingerprint: Fingerprint::of(pinned.der()),
        revocation_checks: false,
        expiry_time: root.not_after(),
        not_after: root.not_after(),
    };
    let end = ovgs_domain::floor_to_seconds(now) + TimeDelta::hours(1);
    let voucher = issuer.write(&component, &cert, pinned, Some(end), now)?;
    let signed = issuer.sign(&voucher).await?;
    let options = VerifyOptions::at(now).serial(component.id.serial_number.as_str());
    verify(&signed.cms, &TrustAnchors::new([root.clone()]), &options)?;
    Ok(())
}

/// Resolves at SIGINT or SIGTERM, which from now on do not end the process by themselves.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // If it cannot be awaited, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
