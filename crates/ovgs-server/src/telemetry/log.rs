//! Log lines on standard error, as text or JSON.

use std::io::{self, IsTerminal};

use thiserror::Error;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Log, LogFormat};

/// Why nothing can be logged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The level is none.
    #[error("the log level cannot be read; write `error`, `warn`, `info`, `debug` or `trace`")]
    Level(#[source] tracing_subscriber::filter::ParseError),
    /// Somebody set up logging before.
    #[error("logging is set up already")]
    Twice(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends log lines to standard error from now on, for the whole process.
///
/// # Errors
/// [`TelemetryError`] if the level cannot be read, or logging was set up before.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&log.level).map_err(TelemetryError::Level)?;
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    let outcome = match log.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    outcome.map_err(TelemetryError::Twice)
}
