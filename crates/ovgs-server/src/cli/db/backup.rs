use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use ovgs_store::{BackupError, SqlDatabase};

use crate::{
    cli::{
        CliError,
        session::{Access, ConfigFile},
    },
    clock::{Clock, System},
};

/// Back up the whole database as JSON lines, which `db restore` takes in on any engine
///
/// May run beside a server: all of it is of one moment. The file is readable for its owner alone, and takes the place of
/// an older one only once it is complete.
#[derive(Debug, Args)]
pub(in crate::cli) struct Backup {
    /// The file; `-` for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    #[command(flatten)]
    config: ConfigFile,
}

impl Backup {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let back_up = async |_: &_, database: &SqlDatabase| match self.file.as_os_str() == "-" {
            true => {
                database.backup(System.now(), &mut super::stream::output()?).await?;
                Ok(())
            }
            false => to_file(database, &self.file).await,
        };
        self.config.database(Access::Reading, back_up).await
    }
}

/// Writes beside the file first, so that whatever breaks off leaves the older backup.
async fn to_file(database: &SqlDatabase, path: &Path) -> Result<(), CliError> {
    let unwritable = |error| CliError::said(format!("`{}` cannot be written", path.display())).because(error);
    let mut name = path.file_name().ok_or_else(|| unwritable(io::ErrorKind::IsADirectory.into()))?.to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let file = create(&partial).map_err(unwritable)?;
    let written = write(database, file).await;
    let done = match written {
        Ok(()) => fs::rename(&partial, path).and_then(|()| settle(path)).map_err(unwritable),
        Err(BackupError::Write(error)) => Err(unwritable(error)),
        Err(error) => Err(error.into()),
    };
    if done.is_err() {
        let _ = fs::remove_file(&partial);
    }
    done
}

async fn write(database: &SqlDatabase, file: File) -> Result<(), BackupError> {
    let mut file = tokio::fs::File::from_std(file);
    database.backup(System.now(), &mut file).await?;
    file.sync_all().await.map_err(BackupError::Write)
}

/// Makes the file anew: what a backup that was killed left behind goes.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the new name durable.
fn settle(path: &Path) -> io::Result<()> {
    match path.parent() {
        #[cfg(unix)]
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        #[cfg(unix)]
        _ => File::open(".")?.sync_all(),
        #[cfg(not(unix))]
        _ => Ok(()),
    }
}
