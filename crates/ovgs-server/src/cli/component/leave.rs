//! `component retire` and `component transfer`: parts that leave their organization, and the vouchers they leave behind.

use clap::Args;
use ovgs_domain::{ComponentId, OrgId};

use crate::{
    cli::{
        CliError, Output,
        output::Format,
        session::{Access, ConfigFile, Session},
        values::PartArgs,
        voucher::JournalRecord,
    },
    provisioning::Effect,
};

/// Take a part out of its organization, and print the vouchers still valid for it
///
/// Its history stays in the journal, and it may be imported again.
#[derive(Debug, Args)]
pub(in crate::cli) struct Retire {
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

/// Move a part into the root of another organization, and print the vouchers still valid for it
#[derive(Debug, Args)]
pub(in crate::cli) struct Transfer {
    #[command(flatten)]
    part: PartArgs,
    /// The organization it shall belong to
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    to: OrgId,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Retire {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let part = self.part.id();
        let retire = async |session: &Session| {
            session.provisioning.retire_component(&session.by, &part).await?;
            told(output, self.format, Effect::Done, &format!("retired {part}"))?;
            still_valid(session, &part, self.format, output).await
        };
        self.config.session(Access::Writing, retire).await
    }
}

impl Transfer {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let part = self.part.id();
        let transfer = async |session: &Session| {
            let effect = session.provisioning.transfer_component(&session.by, &part, &self.to).await?;
            told(output, self.format, effect, &format!("transferred {part} to {}", self.to))?;
            still_valid(session, &part, self.format, output).await
        };
        self.config.session(Access::Writing, transfer).await
    }
}

/// With `--json` the vouchers alone are printed.
fn told(output: &mut Output, format: Format, effect: Effect, done: &str) -> Result<(), CliError> {
    if format.json { Ok(()) } else { output.effect(effect, done) }
}

async fn still_valid(
    session: &Session,
    part: &ComponentId,
    format: Format,
    output: &mut Output,
) -> Result<(), CliError> {
    output.list(format, session.provisioning.valid_vouchers(part), JournalRecord::from).await
}
