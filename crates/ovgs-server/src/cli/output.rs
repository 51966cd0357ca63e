//! What goes to standard output: text for people, or JSON.

use std::{
    fmt,
    io::{self, BufWriter, Write},
};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use futures_util::{Stream, StreamExt};
use ovgs_domain::legible;
use serde::Serialize;

use super::CliError;
use crate::provisioning::{Effect, ProvisioningError};

/// Asks for JSON.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Format {
    /// Print JSON: one object, and lists as one object a line
    #[arg(long)]
    pub(super) json: bool,
}

/// Standard output.
pub(super) struct Output {
    to: BufWriter<Box<dyn Write + Send>>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

impl Output {
    pub(super) fn stdout() -> Output {
        Output { to: BufWriter::new(Box::new(io::stdout())) }
    }

    /// Writes a line.
    pub(super) fn line(&mut self, text: impl fmt::Display) -> Result<(), CliError> {
        writeln!(self.to, "{text}").map_err(CliError::output)
    }

    /// Writes a text that brings its own line ends.
    pub(super) fn text(&mut self, text: &str) -> Result<(), CliError> {
        self.to.write_all(text.as_bytes()).map_err(CliError::output)
    }

    /// Writes a record as one line of JSON, or as its text.
    pub(super) fn record(
        &mut self,
        format: Format,
        record: &(impl Serialize + fmt::Display),
    ) -> Result<(), CliError> {
        if format.json { self.json(record) } else { self.line(record) }
    }

    /// Writes one line of JSON.
    pub(super) fn json(&mut self, record: &impl Serialize) -> Result<(), CliError> {
        let written = serde_json::to_writer(&mut self.to, record).map_err(io::Error::from);
        written.and_then(|()| self.to.write_all(b"\n")).map_err(CliError::output)
    }

    /// Writes the records of a list as they come.
    pub(super) async fn list<T, R: Serialize + fmt::Display>(
        &mut self,
        format: Format,
        mut rows: impl Stream<Item = Result<T, ProvisioningError>> + Unpin,
        record: impl Fn(T) -> R,
    ) -> Result<(), CliError> {
        while let Some(row) = rows.next().await {
            self.record(format, &record(row?))?;
        }
        Ok(())
    }

    /// Says what came of a task.
    pub(super) fn effect(&mut self, effect: Effect, done: impl fmt::Display) -> Result<(), CliError> {
        match effect {
            Effect::Done => self.line(done),
            Effect::Unchanged => self.line("unchanged"),
        }
    }

    /// Brings everything out. After this, nothing is left in a buffer.
    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        self.to.flush().map_err(CliError::output)
    }
}

/// A time as vouchers write it: UTC with `Z` and six digits.
pub(super) fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A line of `name: value`, nothing for no value. Whatever strangers put into the value stays on that line.
pub(super) fn field(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    match value {
        Some(value) => write!(f, "\n{name}: {}", legible(&value.to_string())),
        None => Ok(()),
    }
}
