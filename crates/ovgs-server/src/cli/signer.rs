//! `signer`: voucher keys on a machine of their own.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use futures_util::StreamExt as _;
use ovgs_voucher::Pkcs11Modules;
use rustls::ServerConfig;
use tokio::sync::watch;

use super::{
    CliError, Output,
    server::{self, signals},
};
use crate::{
    clock::{Clock, System},
    config::{SIGNER_EXAMPLE, SignerFile},
    rpc::{self, ServerSettings, signer::SignerMount},
    telemetry,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Serve(Serve),
    /// Print a complete configuration of a signer with comments
    Example,
}

/// Sign vouchers for servers on other machines until SIGINT or SIGTERM; prints `ready` once connections are accepted
///
/// Servers prove who they are by client certificates, and only vouchers are signed. Each signature is logged. SIGHUP reads
/// the TLS certificate, its key and the authority of clients anew.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration of the signer
    #[arg(long, value_name = "FILE", default_value = "signer.toml")]
    config: PathBuf,
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Serve(Serve { config }) => serve(&config, output).await,
            Command::Example => output.text(SIGNER_EXAMPLE),
        }
    }
}

async fn serve(file: &Path, output: &mut Output) -> Result<(), CliError> {
    let config = SignerFile::load(file)?;
    telemetry::init(&config.log).map_err(|error| CliError::Said(Box::new(error)))?;
    let tls = watch::Sender::new(config.tls()?);
    let mount = SignerMount::new(
        config.signing_keys(&Pkcs11Modules::default(), System.now()).await?,
        config.clients()?,
    );
    let (listener, address) = server::bind(config.server.listen).await?;
    let stop = signals::stop_signal().map_err(server::no_signals)?;
    let reloading = reload_tls(&config, &tls)?;
    tracing::info!(%address, "ready");
    server::say_ready(Ok(()), &format!("https://{address}"), output)?;
    let serving = rpc::serve_signer(listener, tls.subscribe(), mount, ServerSettings::default(), stop);
    let served = tokio::select! {
        served = serving => served,
        never = reloading => match never {},
    };
    tracing::info!("stopped");
    served.map_err(|error| CliError::Said(Box::new(error)))
}

/// Reads the files of TLS anew at each SIGHUP. What cannot be used changes nothing.
fn reload_tls(
    config: &SignerFile,
    tls: &watch::Sender<Arc<ServerConfig>>,
) -> Result<impl Future<Output = Infallible> + Send, CliError> {
    let mut asked = Box::pin(signals::hangups().map_err(server::no_signals)?);
    Ok(async move {
        loop {
            asked.next().await;
            match config.tls() {
                Ok(read) => {
                    tls.send_replace(read);
                    tracing::info!("the TLS certificate was read anew");
                }
                Err(problem) => tracing::error!(%problem, "the TLS certificate stays as it was"),
            }
        }
    })
}
