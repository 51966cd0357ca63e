//! `bench`: what the service costs, each figure beside the bare cost of what cannot be left out, measured in the same run.
//!
//! One file per subject, listed in [`SUBJECTS`]. The figures are printed as a table and written to
//! `target/bench/report.json`.

mod import_rows;
mod parts;
mod process;
mod report;

use anyhow::bail;

use crate::steps::step;
use report::{Figure, Report};

/// A subject: its name, and what measures it.
type Subject = (&'static str, fn() -> anyhow::Result<Vec<Figure>>);

const SUBJECTS: &[Subject] = &[("import_rows", import_rows::measure)];

/// Measures the subjects of these names, or all; fails if a target is missed.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        if !SUBJECTS.iter().any(|(subject, _)| subject == name) {
            let known: Vec<&str> = SUBJECTS.iter().map(|(subject, _)| *subject).collect();
            bail!("there is no bench `{name}`; there are: {}", known.join(", "));
        }
    }
    let mut report = Report::default();
    for (name, measure) in SUBJECTS.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        step(&format!("bench {name}"), || {
            report.extend(measure()?);
            Ok(())
        })?;
    }
    report.write()?;
    print!("{report}");
    match report.missed().as_slice() {
        [] => Ok(()),
        missed => bail!("missed: {}", missed.join(", ")),
    }
}
