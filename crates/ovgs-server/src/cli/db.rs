//! `db`: looking after the database.

use clap::Subcommand;

use super::{CliError, Output, session::ConfigFile};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bring the database up to date, or make it
    Migrate {
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let Command::Migrate { config } = self;
        let database = config.load()?.opening()?.open().await?;
        let applied = database.migrate().await;
        database.close().await;
        let applied = applied?;
        match applied.is_empty() {
            true => output.line("unchanged"),
            false => output.line(format_args!("applied {}", applied.join(", "))),
        }
    }
}
