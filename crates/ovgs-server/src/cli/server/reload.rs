//! Taking a changed configuration without a restart.

use std::{pin::pin, sync::Arc};

use futures_util::{Stream, StreamExt as _};

use ovgs_voucher::Pkcs11Modules;
use rustls::ServerConfig;
use tokio::sync::watch;

use super::trial::check_issuers;
use crate::{
    cli::CliError,
    clock::{Clock, System},
    config::{Config, ServerTls},
    issuers::Issuers,
    rpc::Transport,
    telemetry::Metrics,
};

/// The TLS in force, which a reload replaces: connections that begin after that have the new one.
#[derive(Debug)]
pub(super) struct TlsInForce {
    rpc: watch::Sender<Arc<ServerConfig>>,
    http: watch::Sender<Arc<ServerConfig>>,
}

impl TlsInForce {
    pub(super) fn new(tls: ServerTls) -> TlsInForce {
        TlsInForce { rpc: watch::Sender::new(tls.rpc), http: watch::Sender::new(tls.http) }
    }

    /// For the service.
    pub(super) fn rpc(&self) -> Transport {
        Transport::Tls(self.rpc.subscribe())
    }

    /// For the port beside it.
    pub(super) fn http(&self) -> Transport {
        Transport::Tls(self.http.subscribe())
    }

    fn replace(&self, tls: ServerTls) {
        self.rpc.send_replace(tls.rpc);
        self.http.send_replace(tls.http);
    }
}

/// What a reload changes: all of it, or, if anything is wrong, nothing.
#[derive(Debug)]
pub(super) struct Reload {
    /// What the server began with.
    running: Config,
    modules: Pkcs11Modules,
    issuers: Issuers,
    tls: Option<TlsInForce>,
    metrics: Arc<Metrics>,
}

impl Reload {
    pub(super) fn new(
        running: Config,
        modules: Pkcs11Modules,
        issuers: Issuers,
        tls: Option<TlsInForce>,
        metrics: Arc<Metrics>,
    ) -> Reload {
        Reload { running, modules, issuers, tls, metrics }
    }

    /// Reads the configuration again for each item.
    pub(super) async fn at_each(self, asked: impl Stream<Item = ()> + Send) {
        let mut asked = pin!(asked);
        while asked.next().await.is_some() {
            let taken = self.take().await;
            match &taken {
                Ok(()) => tracing::info!("the configuration was read again and is in force"),
                Err(error) => {
                    for line in error.lines() {
                        tracing::error!("{line}");
                    }
                    tracing::error!(
                        "the configuration was read again and refused: everything stays as it was"
                    );
                }
            }
            self.metrics.reloaded(taken.is_ok());
        }
    }

    /// Looks at everything as a start does, and only then takes any of it.
    async fn take(&self) -> Result<(), CliError> {
        let now = System.now();
        let next = Config::load(&self.running.file)?;
        let tls = next.server_tls()?;
        let (issuers, warnings) = next.issuers(&self.modules, now).await?;
        check_issuers(&issuers, now).await?;
        let waiting = next.waiting_for_restart(&self.running);
        warnings.iter().chain(&waiting).for_each(|warning| tracing::warn!("{warning}"));
        self.issuers.replace(issuers);
        if let (Some(in_force), Some(tls)) = (&self.tls, tls) {
            in_force.replace(tls);
        }
        Ok(())
    }
}
