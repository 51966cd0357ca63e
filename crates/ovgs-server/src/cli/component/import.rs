use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use ovgs_domain::OrgId;
use serde::Serialize;

use super::{progress::Progress, rejects::Rejects};
use crate::{
    cli::{
        CliError, Output,
        output::Format,
        session::{Access, ConfigFile, Session},
    },
    provisioning::{ImportListener, ImportOptions, Notice, ProvisioningError, Tally},
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
    /// Where refused rows go, to be mended and imported; by default beside FILE (`parts.rejects.csv` for `parts.csv`), and
    /// nowhere in a dry run or from standard input
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
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
        let (input, length) = open(&self.file)?;
        let rejects = self.rejects()?;
        let progress = Progress::new(length);
        let options = ImportOptions { org: self.org.clone(), update: self.update, dry_run: self.dry_run };
        let input = progress.counting(input);
        let mut teller = Teller { progress, rejects };
        let taken = session.provisioning.import_components(&session.by, input, &options, &mut teller).await;
        teller.progress.finish();
        let rejected = teller.rejects.finish();
        let (tally, outcome) = match taken {
            Ok(tally) if tally.refused > 0 => (tally, Err(CliError::Told)),
            Ok(tally) => (tally, Ok(())),
            Err(ProvisioningError::BrokenOff { tally, why }) => (tally, Err((*why).into())),
            Err(error) => return Err(error.into()),
        };
        let told = output.record(self.format, &TallyRecord::of(tally, self.dry_run));
        // That nobody reads the tally makes no success of a failure.
        rejected.and(outcome).and(told.and_then(|()| output.finish()))
    }

    fn rejects(&self) -> Result<Rejects, CliError> {
        match &self.rejects {
            Some(file) => Rejects::create(file, &self.file),
            None if self.dry_run || self.file == Path::new("-") => Ok(Rejects::nowhere()),
            None => Ok(Rejects::beside(&self.file)),
        }
    }
}

/// Tells people as the import goes.
struct Teller {
    progress: Progress,
    rejects: Rejects,
}

impl ImportListener for Teller {
    fn begin(&mut self, header: &[u8]) {
        self.rejects.begin(header);
    }

    fn notice(&mut self, notice: &Notice) {
        let kind = match notice {
            Notice::Refused { .. } => "",
            Notice::Converted { .. } => "converted: ",
            Notice::Doubtful { .. } | Notice::Ambiguous { .. } => "warning: ",
        };
        self.progress.say(&format!("{kind}{notice}"));
    }

    fn refused(&mut self, row: &[u8]) {
        self.rejects.add(row);
    }

    fn progress(&mut self, tally: &Tally) {
        self.progress.rows(tally.added + tally.updated + tally.unchanged + tally.refused);
    }
}

/// The input, and its length if that is known.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), CliError> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let unreadable = |error| CliError::said(format!("`{}` cannot be read", path.display())).because(error);
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    Ok((Box::new(file), Some(length)))
}

#[derive(Debug, Serialize)]
struct TallyRecord {
    added: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    #[serde(skip_serializing_if = "is_zero")]
    converted: u64,
    dry_run: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl TallyRecord {
    fn of(tally: Tally, dry_run: bool) -> TallyRecord {
        let Tally { added, updated, unchanged, refused, converted } = tally;
        TallyRecord { added, updated, unchanged, refused, converted, dry_run }
    }
}

impl fmt::Display for TallyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TallyRecord { added, updated, unchanged, refused, converted, dry_run } = self;
        let would = if *dry_run { "nothing was written; it would be: " } else { "" };
        write!(f, "{would}{added} added, {updated} updated, {unchanged} unchanged, {refused} refused")?;
        if *converted > 0 {
            write!(f, " ({converted} with converted cells)")?;
        }
        Ok(())
    }
}
