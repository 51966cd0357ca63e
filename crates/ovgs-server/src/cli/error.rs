//! What the command line says when something did not work.

use std::{error::Error, fmt, io, process::ExitCode};

use ovgs_store::{BackupError, StoreError};

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

    /// Says it, one line for each problem.
    pub(super) fn tell(&self, to: &mut dyn io::Write) {
        for line in self.lines() {
            // There is nobody left to tell if standard error is gone.
            let _ = writeln!(to, "error: {line}");
        }
    }

    /// What there is to say, one line for each problem.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            CliError::Said(error) => with_causes(error.as_ref()).lines().map(str::to_owned).collect(),
            CliError::Usage(text) => vec![text.clone()],
            CliError::Told | CliError::NobodyReads => Vec::new(),
        }
    }
}

/// A sentence with its causes after a colon, and the way out, which our sentences have behind a semicolon, after those.
/// A cause whose text was said already is left out.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let sentence = error.to_string();
    let mut causes = String::new();
    let mut told = error;
    while let Some(source) = told.source().filter(|_| !says_it_all(told)) {
        let text = source.to_string();
        if !sentence.contains(&text) && !causes.contains(&text) {
            causes = format!("{causes}: {text}");
        }
        told = source;
    }
    match sentence.rsplit_once("; ").filter(|_| !causes.is_empty()) {
        Some((sentence, way_out)) => format!("{sentence}{causes}; {way_out}"),
        None => sentence + &causes,
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

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> CliError {
        match error {
            BackupError::Store(error) => error.into(),
            error => CliError::Said(Box::new(error)),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &CliError) -> String {
        let mut said = Vec::new();
        error.tell(&mut said);
        String::from_utf8(said).expect("text")
    }

    #[test]
    fn causes_stand_before_the_way_out_and_are_said_once() {
        let engine = CliError::said("(code: 5) database is locked");
        let CliError::Said(engine) = engine else { panic!("said") };
        let wrapped = CliError::said("execution error: (code: 5) database is locked").because(engine);
        assert_eq!(told(&wrapped), "error: execution error: (code: 5) database is locked\n");
        let CliError::Said(wrapped) = wrapped else { panic!("said") };
        assert_eq!(
            told(&CliError::said("the store failed; try again").because(wrapped)),
            "error: the store failed: execution error: (code: 5) database is locked; try again\n"
        );
        assert_eq!(told(&CliError::said("no; really")), "error: no; really\n");
    }
}
