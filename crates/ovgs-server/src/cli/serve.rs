//! `serve`: the server.

use std::sync::Arc;

use clap::Args;

use super::{
    CliError, Output,
    server::Prepared,
    session::{ConfigFile, Upgrade, open_store},
};
use crate::telemetry;

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
        let prepared = Prepared::new(&config, config.server.listen, store).await?;
        prepared.serve(output).await
    }
}
