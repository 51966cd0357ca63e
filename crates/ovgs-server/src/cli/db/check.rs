use clap::Args;
use ovgs_store::{SqlDatabase, Violation};

use super::record::{CheckedRecord, ViolationRecord};
use crate::cli::{
    CliError, Output,
    output::Format,
    session::{Access, ConfigFile},
};

/// Verify every invariant over the whole database
///
/// Prints each violation on a line, and a summary on the last one. Exits 1 if there is any violation. May run beside a
/// server: what it looks at is of one moment.
#[derive(Debug, Args)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let format = self.format;
        let check = async |_: &_, database: &SqlDatabase| {
            let mut told = Ok(());
            let mut tell = |violation: Violation| {
                if told.is_ok() {
                    told = output.record(format, &ViolationRecord::from(violation));
                }
            };
            let checked = database.check(&mut tell).await?;
            let is_sound = checked.violations == 0;
            let told = told.and_then(|()| output.record(format, &CheckedRecord::from(checked)));
            match is_sound {
                true => told,
                // That nobody reads what is wrong makes nothing right.
                false => output.finish().and(Err(CliError::Told)),
            }
        };
        self.config.database(Access::Reading, check).await
    }
}
