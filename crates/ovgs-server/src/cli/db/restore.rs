use std::path::PathBuf;

use clap::Args;
use ovgs_store::SqlDatabase;
use tokio::io::{AsyncBufRead, BufReader};

use super::record::RestoredRecord;
use crate::{
    cli::{
        CliError, Output,
        output::{Format, moment},
        session::{Access, ConfigFile},
    },
    config::Config,
};

/// Restore a backup into an empty database, all of it or nothing
///
/// The backup may be of the other engine, or of an older version. Before anything is kept, it must be complete and
/// undamaged, and what it holds must pass `db check`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Restore {
    /// The file; `-` for standard input
    file: PathBuf,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Restore {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        // A file that is not there must not leave a new database behind.
        let mut backup = self.open().await?;
        let restore = async |config: &Config, database: &SqlDatabase| {
            if config.store.auto_migrate && database.is_empty().await? {
                database.migrate().await?;
            }
            let (origin, rows) = database.restore(&mut backup).await?;
            let (time, engine, schema) = (moment(origin.at), origin.engine, origin.schema);
            output.record(self.format, &RestoredRecord { time, engine, schema, rows: rows.into() })
        };
        self.config.database(Access::Writing, restore).await
    }

    async fn open(&self) -> Result<Box<dyn AsyncBufRead + Unpin + Send>, CliError> {
        if self.file.as_os_str() == "-" {
            return Ok(Box::new(BufReader::new(super::stream::input()?)));
        }
        let unreadable =
            |error| CliError::said(format!("`{}` cannot be read", self.file.display())).because(error);
        let file = tokio::fs::File::open(&self.file).await.map_err(unreadable)?;
        Ok(Box::new(BufReader::new(file)))
    }
}
