use clap::Args;

use crate::cli::{
    CliError, Output,
    session::{Access, ConfigFile},
};

/// Bring the database up to date, or make it
#[derive(Debug, Args)]
pub(in crate::cli) struct Migrate {
    #[command(flatten)]
    config: ConfigFile,
}

impl Migrate {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let mut applied = Vec::new();
        let migrate = async |_: &_, database: &ovgs_store::SqlDatabase| {
            applied = database.migrate().await?;
            Ok(())
        };
        self.config.database(Access::Writing, migrate).await?;
        match applied.is_empty() {
            true => output.line("unchanged"),
            false => output.line(format_args!("applied {}", applied.join(", "))),
        }
    }
}
