//! `serve`: the server.

use std::sync::Arc;

use clap::Args;
use ovgs_store::SqlStore;

use super::{
    CliError, Output,
    server::Prepared,
    session::{ConfigFile, Upgrade, open_store},
};
use crate::{config::Config, telemetry};

/// Serve until SIGINT or SIGTERM; prints `ready` once connections are accepted
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    config: ConfigFile,
}

impl Serve {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let config = self.config.load()?;
        telemetry::init(&config.log).map_err(|error| CliError::Said(Box::new(error)))?;
        let store = Arc::new(open_store(&config, Upgrade::Always).await?);
        let served = serve(&config, store.clone(), output).await;
        store.close().await;
        served
    }
}

async fn serve(config: &Config, store: Arc<SqlStore>, output: &mut Output) -> Result<(), CliError> {
    let prepared = Prepared::new(config, config.server.listen, store).await?;
    prepared.serve(output).await
}
