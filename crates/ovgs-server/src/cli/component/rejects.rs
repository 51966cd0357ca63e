//! The file of refused rows: in the form of the input, to be mended and imported again.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::cli::CliError;

#[derive(Debug)]
pub(super) struct Rejects {
    path: PathBuf,
    file: Target,
    header: Vec<u8>,
    rows: u64,
    failed: Option<io::Error>,
}

#[derive(Debug)]
enum Target {
    Nowhere,
    /// Made with the first row.
    Later,
    Open(BufWriter<File>),
}

impl Rejects {
    /// Rows are reported, and kept nowhere.
    pub(super) fn nowhere() -> Rejects {
        Rejects::new(PathBuf::new(), Target::Nowhere)
    }

    /// Beside the input, if there is any row: `parts.rejects.csv` for `parts.csv`. One from an earlier time is replaced.
    pub(super) fn beside(input: &Path) -> Rejects {
        let mut name = input.file_stem().unwrap_or_default().to_owned();
        name.push(".rejects");
        if let Some(extension) = input.extension() {
            name.push(".");
            name.push(extension);
        }
        Rejects::new(input.with_file_name(name), Target::Later)
    }

    /// Where somebody wishes it, at once, so that a wish that cannot be met is known before anything is imported.
    pub(super) fn create(path: &Path, input: &Path) -> Result<Rejects, CliError> {
        let is_input =
            path.canonicalize().is_ok_and(|path| input.canonicalize().is_ok_and(|input| path == input));
        if is_input {
            return Err(CliError::said(format!(
                "`{}` is what is imported; give another file for `--rejects`",
                path.display()
            )));
        }
        let file = open(path).map_err(|error| unwritable(path, error))?;
        Ok(Rejects::new(path.to_owned(), Target::Open(file)))
    }

    fn new(path: PathBuf, file: Target) -> Rejects {
        Rejects { path, file, header: Vec::new(), rows: 0, failed: None }
    }

    /// The rows begin.
    pub(super) fn begin(&mut self, header: &[u8]) {
        self.header = header.to_vec();
    }

    /// Keeps a row. What goes wrong is told at the end, since it is no reason to take no more rows.
    pub(super) fn add(&mut self, row: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.write(row).err();
        }
    }

    fn write(&mut self, row: &[u8]) -> io::Result<()> {
        if matches!(self.file, Target::Later) {
            self.file = Target::Open(open(&self.path)?);
        }
        let Target::Open(file) = &mut self.file else { return Ok(()) };
        if self.rows == 0 && !self.header.is_empty() {
            line(file, &self.header)?;
        }
        self.rows += 1;
        line(file, row)
    }

    /// Says what could not be kept.
    pub(super) fn finish(mut self) -> Result<(), CliError> {
        if let (Target::Open(file), None) = (&mut self.file, &self.failed) {
            self.failed = file.flush().err();
        }
        self.failed.map_or(Ok(()), |error| Err(unwritable(&self.path, error)))
    }
}

fn line(file: &mut impl Write, text: &[u8]) -> io::Result<()> {
    file.write_all(text)?;
    file.write_all(b"\n")
}

/// Readable for its owner alone, as the rows may be for nobody else.
fn open(path: &Path) -> io::Result<BufWriter<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(BufWriter::new(file))
}

fn unwritable(path: &Path, error: io::Error) -> CliError {
    CliError::said(format!(
        "refused rows cannot be kept in `{}`; name another file with `--rejects`",
        path.display()
    ))
    .because(error)
}
