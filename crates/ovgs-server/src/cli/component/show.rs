use clap::Args;

use super::record::PartRecord;
use crate::cli::{
    CliError, Output,
    output::Format,
    session::{Access, ConfigFile, Session},
    values::PartArgs,
};

/// Show a part with its owner, groups and facts
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Show {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let show = async |session: &Session| {
            let part = session.provisioning.show_component(&self.part.id()).await?;
            output.record(self.format, &PartRecord::from(part))
        };
        self.config.session_with_issuers(Access::Reading, show).await
    }
}
