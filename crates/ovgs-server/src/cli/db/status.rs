use clap::Args;
use ovgs_store::SqlDatabase;

use super::record::StatusRecord;
use crate::cli::{
    CliError, Output,
    output::Format,
    session::{Access, ConfigFile},
};

/// Show what the database is, and how much is in it
#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Status {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let show = async |_: &_, database: &SqlDatabase| {
            output.record(self.format, &StatusRecord::from(database.status().await?))
        };
        self.config.database(Access::Reading, show).await
    }
}
