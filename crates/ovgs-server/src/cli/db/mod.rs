//! `db`: looking after the database.

mod backup;
mod check;
mod migrate;
mod record;
mod restore;
mod status;
mod stream;

use clap::Subcommand;

use super::{CliError, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Migrate(migrate::Migrate),
    Status(status::Status),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Check(check::Check),
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Migrate(command) => command.run(output).await,
            Command::Status(command) => command.run(output).await,
            Command::Backup(command) => command.run().await,
            Command::Restore(command) => command.run(output).await,
            Command::Check(command) => command.run(output).await,
        }
    }
}
