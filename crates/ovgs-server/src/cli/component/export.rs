use clap::Args;
use futures_util::StreamExt;
use ovgs_domain::OrgId;

use super::record::RowRecord;
use crate::{
    cli::{
        CliError, Output,
        output::Format,
        session::{Access, ConfigFile, Session},
    },
    provisioning::Column,
};

/// Print parts as CSV, or with --json as JSON lines, the way `import` reads them
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Only those of this organization; without it those of all, which says no more whose they are
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    org: Option<OrgId>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Export {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let export = async |session: &Session| {
            session.provisioning.known_org(self.org.as_ref()).await?;
            if !self.format.json {
                write_csv(output, Column::ALL.map(Column::as_str))?;
            }
            if let Some(org) = self.org {
                return export(session, org, self.format, output).await;
            }
            let mut orgs = session.provisioning.orgs();
            while let Some(org) = orgs.next().await {
                export(session, org?.id, self.format, output).await?;
            }
            Ok(())
        };
        self.config.session(Access::Reading, export).await
    }
}

async fn export(session: &Session, org: OrgId, format: Format, output: &mut Output) -> Result<(), CliError> {
    let mut parts = session.provisioning.components(org);
    while let Some(part) = parts.next().await {
        let row = RowRecord::from(&part?);
        match format.json {
            true => output.json(&row)?,
            false => write_csv(output, Column::ALL.map(|column| row.cell(column).unwrap_or_default()))?,
        }
    }
    Ok(())
}

fn write_csv(output: &mut Output, cells: [&str; Column::ALL.len()]) -> Result<(), CliError> {
    let mut line = csv::WriterBuilder::new().buffer_capacity(256).from_writer(Vec::new());
    let written = line.write_record(cells).map_err(std::io::Error::from);
    let line = written.and_then(|()| line.into_inner().map_err(|error| error.into_error()));
    output.text(&String::from_utf8_lossy(&line.map_err(CliError::output)?))
}
