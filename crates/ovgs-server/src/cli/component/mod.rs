//! `component`: parts.

mod correct;
mod export;
mod import;
mod leave;
mod progress;
mod record;
mod rejects;
mod show;

use clap::Subcommand;

use super::{CliError, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Import(import::Import),
    Export(export::Export),
    Show(show::Show),
    Correct(correct::Correct),
    Retire(leave::Retire),
    Transfer(leave::Transfer),
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Import(command) => command.run(output).await,
            Command::Export(command) => command.run(output).await,
            Command::Show(command) => command.run(output).await,
            Command::Correct(command) => command.run(output).await,
            Command::Retire(command) => command.run(output).await,
            Command::Transfer(command) => command.run(output).await,
        }
    }
}
