use std::{
    fmt,
    fs::File,
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ovgs_domain::OrgId;
use serde::Serialize;

use crate::{
    cli::{
        CliError, Output,
        output::Format,
        session::{Access, ConfigFile, Session},
    },
    provisioning::{ImportOptions, Notice, ProvisioningError, Tally},
};

/// Import parts from CSV with a header, or from JSON lines
///
/// Columns, in any order: ien, serial_number, model, mac_addr, endorsement_key, ek_certificate,
/// platform_primary_key, idevid_issuer; binary as base64. Rows stand alone: good ones are taken whatever is wrong
/// with others. A column that is absent is neither compared nor changed, an empty cell means no value.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The file; `-` for standard input
    file: PathBuf,
    /// The organization the parts become
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    org: OrgId,
    /// Change facts that differ; without it such rows are refused
    #[arg(long)]
    update: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    config: ConfigFile,
}

impl Import {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        // A dry run does nothing, and so makes no database.
        let access = if self.dry_run { Access::Reading } else { Access::Writing };
        let import = async |session: &Session| self.import(session, output).await;
        self.config.session_with_issuers(access, import).await
    }

    async fn import(&self, session: &Session, output: &mut Output) -> Result<(), CliError> {
        let (input, progress) = open(&self.file)?;
        let options = ImportOptions { org: self.org.clone(), update: self.update, dry_run: self.dry_run };
        let mut tell = |notice: &Notice| progress.suspend(|| tell(notice));
        let taken = session
            .provisioning
            .import_components(&session.by, progress.wrap_read(input), &options, &mut tell)
            .await;
        progress.finish_and_clear();
        let (tally, outcome) = match taken {
            Ok(tally) if tally.refused > 0 => (tally, Err(CliError::Told)),
            Ok(tally) => (tally, Ok(())),
            Err(ProvisioningError::BrokenOff { tally, why }) => (tally, Err((*why).into())),
            Err(error) => return Err(error.into()),
        };
        let told = output.record(self.format, &TallyRecord::of(tally, self.dry_run));
        // That nobody reads the tally makes no success of a failure.
        outcome.and(told.and_then(|()| output.finish()))
    }
}

fn tell(notice: &Notice) {
    let kind = match notice {
        Notice::Refused { .. } => "",
        Notice::Ambiguous { .. } => "warning: ",
    };
    // There is nobody left to tell if standard error is gone.
    let _ = writeln!(io::stderr(), "{kind}{notice}");
}

/// The input, and how far it is read, shown on a terminal only.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, ProgressBar), CliError> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), ProgressBar::hidden()));
    }
    let unreadable = |error| CliError::said(format!("`{}` cannot be read", path.display())).because(error);
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    let progress = match io::stderr().is_terminal() {
        true => ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr()),
        false => ProgressBar::hidden(),
    };
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {eta} left") {
        progress.set_style(style);
    }
    Ok((Box::new(file), progress))
}

#[derive(Debug, Serialize)]
struct TallyRecord {
    added: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    dry_run: bool,
}

impl TallyRecord {
    fn of(tally: Tally, dry_run: bool) -> TallyRecord {
        let Tally { added, updated, unchanged, refused } = tally;
        TallyRecord { added, updated, unchanged, refused, dry_run }
    }
}

impl fmt::Display for TallyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TallyRecord { added, updated, unchanged, refused, dry_run } = self;
        let would = if *dry_run { "nothing was written; it would be: " } else { "" };
        write!(f, "{would}{added} added, {updated} updated, {unchanged} unchanged, {refused} refused")
    }
}
