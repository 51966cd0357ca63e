//! Files that only their owner may read.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use zeroize::Zeroizing;

/// The longest file read, in octets; an RSA-4096 key in PEM takes some 3,300.
const LONGEST: usize = 64 * 1024;

/// Why a file was not read.
pub(super) enum Unread {
    Failed(io::Error),
    /// Its permissions let others at it.
    Open {
        mode: u32,
    },
}

/// At most the first 64 KiB of the file at `path`.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unread> {
    refuse_special(path)?;
    let file = File::open(path).map_err(Unread::Failed)?;
    refuse_shared(&file)?;
    // With room enough from the start no copy is left behind where the memory was before it grew.
    let mut octets = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take(LONGEST as u64).read_to_end(&mut octets).map_err(Unread::Failed)?;
    Ok(octets)
}

/// Opening a pipe waits for whoever writes into it, perhaps for ever. Asked before it is opened, which is early enough
/// for a mistake; against malice there are the permissions.
fn refuse_special(path: &Path) -> Result<(), Unread> {
    match path.metadata().map_err(Unread::Failed)?.is_file() {
        true => Ok(()),
        false => Err(Unread::Failed(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))),
    }
}

/// Asks the open file, not the path, so that nobody can swap it in between.
#[cfg(unix)]
fn refuse_shared(file: &File) -> Result<(), Unread> {
    use std::os::unix::fs::MetadataExt as _;

    let mode = file.metadata().map_err(Unread::Failed)?.mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(Unread::Open { mode }) }
}

#[cfg(not(unix))]
fn refuse_shared(_: &File) -> Result<(), Unread> {
    Ok(())
}
