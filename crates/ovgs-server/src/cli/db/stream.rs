//! Standard input and output, as files that tasks can wait for.

use std::{fs::File as StdFile, io};

use tokio::fs::File;

use crate::cli::CliError;

pub(super) fn input() -> Result<File, CliError> {
    let unreadable = |error| CliError::said("standard input cannot be read").because(error);
    Ok(File::from_std(of(&io::stdin()).map_err(unreadable)?))
}

pub(super) fn output() -> Result<File, CliError> {
    Ok(File::from_std(of(&io::stdout()).map_err(CliError::output)?))
}

#[cfg(unix)]
fn of(stream: &impl std::os::fd::AsFd) -> io::Result<StdFile> {
    stream.as_fd().try_clone_to_owned().map(StdFile::from)
}

#[cfg(windows)]
fn of(stream: &impl std::os::windows::io::AsHandle) -> io::Result<StdFile> {
    stream.as_handle().try_clone_to_owned().map(StdFile::from)
}
