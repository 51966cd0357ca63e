//! `voucher`: judging and looking at vouchers, and those that were issued.

mod input;
mod inspect;
mod list;
mod record;
mod trust_bundle;
mod verify;

use clap::Subcommand;

pub(super) use self::list::JournalRecord;
use super::{CliError, Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Verify(verify::Verify),
    Inspect(inspect::Inspect),
    List(list::List),
    TrustBundle(trust_bundle::TrustBundle),
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Verify(command) => command.run(output),
            Command::Inspect(command) => command.run(output),
            Command::List(command) => command.run(output).await,
            Command::TrustBundle(command) => command.run(output),
        }
    }
}
