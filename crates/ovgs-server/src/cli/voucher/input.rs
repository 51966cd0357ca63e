//! A voucher from a file or standard input.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use ovgs_voucher::voucher_der;

use crate::cli::CliError;

/// The largest input looked at, in bytes; a voucher has a few thousand.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The DER of a voucher in DER, PEM or base64; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let shown = path.display();
    let mut bytes = Vec::new();
    let read = match path == Path::new("-") {
        true => io::stdin().take(LARGEST + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    let octets = read.map_err(|error| CliError::said(format!("`{shown}` cannot be read")).because(error))?;
    if u64::try_from(octets).is_ok_and(|octets| octets > LARGEST) {
        return Err(CliError::said(format!("`{shown}` is larger than 16 MiB, which no voucher is")));
    }
    let der = voucher_der(&bytes).map_err(|error| CliError::said(format!("`{shown}`: {error}")))?;
    Ok(der.into_owned())
}
