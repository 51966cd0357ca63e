//! What the command line says when something did not work.

use std::{error::Error, fmt, io, process::ExitCode};

use ovgs_store::StoreError;

use crate::{
    config::{Problem, Problems},
    provisioning::ProvisioningError,
};

/// Why a command was not done.
#[derive(Debug)]
pub(super) enum CliError {
    /// With something to say, and perhaps its cause.
    Said(Box<dyn Error + Send + Sync>),
    /// Wrong usage that the argument parser does not see by itself.
    Usage(String),
    /// Everything was said before.
    Told,
    /// Whoever read the output went away, which is no failure: `… | head` is meant so.
    NobodyReads,
}

/// A sentence, and perhaps its cause.
#[derive(Debug)]
pub(super) struct Sentence {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CliError {
    /// A sentence of our own.
    pub(super) fn said(text: impl Into<String>) -> CliError {
        CliError::Said(Box::new(Sentence { text: text.into(), source: None }))
    }

    /// The same sentence, with its cause.
    pub(super) fn because(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> CliError {
        match self {
            CliError::Said(said) => {
                CliError::Said(Box::new(Sentence { text: said.to_string(), source: Some(source.into()) }))
            }
            other => other,
        }
    }

    /// Output could not be written.
    pub(super) fn output(error: io::Error) -> CliError {
        match error.kind() {
            io::ErrorKind::BrokenPipe => CliError::NobodyReads,
            _ => CliError::said("the output cannot be written").because(error),
        }
    }

    /// The exit code that goes with it.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            CliError::Said(_) | CliError::Told => ExitCode::FAILURE,
            CliError::Usage(_) => ExitCode::from(2),
            CliError::NobodyReads => ExitCode::SUCCESS,
        }
    }

    /// Says it, one line for each problem, causes after colons.
    pub(super) fn tell(&self, to: &mut dyn io::Write) {
        let error = match self {
            CliError::Said(error) => error,
            CliError::Usage(text) => {
                let _ = writeln!(to, "error: {text}");
                return;
            }
            CliError::Told | CliError::NobodyReads => return,
        };
        let mut text = error.to_string();
        let mut told: &(dyn Error + 'static) = error.as_ref();
        while let Some(source) = told.source().filter(|_| !says_it_all(told)) {
            text = format!("{text}: {source}");
            told = source;
        }
        for line in text.lines() {
            // There is nobody left to tell if standard error is gone.
            let _ = writeln!(to, "error: {line}");
        }
    }
}

/// Whether the engine's own words would add nothing.
fn says_it_all(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Open { .. }))
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Sentence {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<Problem> for CliError {
    fn from(problem: Problem) -> CliError {
        CliError::Said(Box::new(problem))
    }
}

impl From<Problems> for CliError {
    fn from(mut problems: Problems) -> CliError {
        // A single problem has a cause to tell; of several the sentences do.
        match problems.pop_single() {
            Some(problem) => problem.into(),
            None => CliError::Said(Box::new(problems)),
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> CliError {
        CliError::Said(Box::new(error))
    }
}

impl From<ProvisioningError> for CliError {
    fn from(error: ProvisioningError) -> CliError {
        match error {
            ProvisioningError::Store(error) => error.into(),
            error => CliError::Said(Box::new(error)),
        }
    }
}
