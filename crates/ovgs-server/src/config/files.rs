//! Reading the files that the configuration names.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use ovgs_voucher::SetupError;

use super::{Place, Problem};

pub(super) fn read(path: &Path, key: &str, place: &Place) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| unreadable(path, key, place, error))
}

pub(super) fn read_if_given(
    path: Option<&PathBuf>,
    key: &str,
    place: &Place,
) -> Result<Option<Vec<u8>>, Problem> {
    path.map(|path| read(path, key, place)).transpose()
}

fn unreadable(path: &Path, key: &str, place: &Place, error: io::Error) -> Problem {
    place.problem(format!("`{key}`: the file `{}` cannot be read", path.display())).because(error)
}

/// Reads a key, which must be its owner's alone, as that of a voucher signer must.
pub(super) fn read_key(path: &Path, key: &str, place: &Place) -> Result<Vec<u8>, Problem> {
    let failed = |error| unreadable(path, key, place, error);
    let mut file = File::open(path).map_err(failed)?;
    if let Some(mode) = open_to_others(&file).map_err(failed)? {
        return Err(place.told_by(SetupError::KeyFileOpen { path: path.display().to_string(), mode }));
    }
    let mut pem = Vec::new();
    file.read_to_end(&mut pem).map_err(failed)?;
    Ok(pem)
}

/// The permissions of a file, if they let others than its owner at it.
#[cfg(unix)]
fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = file.metadata()?.mode() & 0o7777;
    Ok(Some(mode).filter(|mode| mode & 0o077 != 0))
}

#[cfg(not(unix))]
fn open_to_others(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}
