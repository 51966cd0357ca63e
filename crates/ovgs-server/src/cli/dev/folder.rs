//! The folder that everything is in.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::cli::CliError;

/// A folder that is this process's alone while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Locked; the system lets go of it with the process.
    _lock: File,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// The owner.
    Owner,
    /// Everybody the folder lets in.
    Anybody,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it against a second server.
    pub(super) fn lock(path: &Path) -> Result<Folder, CliError> {
        let shown = path.display();
        let unwritable =
            |error| CliError::said(format!("the folder `{shown}` cannot be written to")).because(error);
        make(path).map_err(unwritable)?;
        let path = fs::canonicalize(path).map_err(unwritable)?;
        let lock = private().truncate(false).open(path.join("lock")).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(CliError::said(format!(
                "another server runs in the folder `{shown}`; stop it, or give another `--data-dir`"
            ))),
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }

    /// The absolute path of a file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// A file's text.
    pub(super) fn read(&self, name: &str) -> Result<String, CliError> {
        let path = self.path(name);
        let unreadable =
            |error| CliError::said(format!("`{}` cannot be read", path.display())).because(error);
        fs::read_to_string(&path).map_err(unreadable)
    }

    /// Writes a file, all or nothing: it is never seen half-written, nor ever readable by others than it shall be.
    pub(super) fn write(&self, name: &str, text: &str, reader: Reader) -> Result<(), CliError> {
        let (path, new) = (self.path(name), self.path(&format!("{name}.new")));
        let written = self.write_through(&new, text, reader).and_then(|()| fs::rename(&new, &path));
        written
            .map_err(|error| CliError::said(format!("`{}` cannot be written", path.display())).because(error))
    }

    fn write_through(&self, path: &Path, text: &str, reader: Reader) -> io::Result<()> {
        // What a start before this one may have left half-written goes, with whatever permissions it had.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = match reader {
            Reader::Owner => private(),
            Reader::Anybody => writing(),
        };
        let mut file = options.create_new(true).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    /// Writes a file unless it is there.
    pub(super) fn write_missing(&self, name: &str, text: &str) -> Result<(), CliError> {
        if self.has(name) { Ok(()) } else { self.write(name, text, Reader::Anybody) }
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), CliError> {
        let path = self.path(name);
        fs::remove_file(&path)
            .map_err(|error| CliError::said(format!("`{}` cannot be removed", path.display())).because(error))
    }
}

fn writing() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    options
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = writing();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    writing()
}

/// Makes a folder for the owner alone, and the folders above it.
#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}
