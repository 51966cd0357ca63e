//! Steps of a chore: each says its name and the time it used, and the first that fails ends the chore.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::workspace::root;

/// Runs one step.
pub(crate) fn step(name: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("==> {name}");
    let started = Instant::now();
    let outcome = run();
    let verdict = if outcome.is_ok() { "ok" } else { "failed" };
    println!("==> {name}: {verdict}, {:.1} s", started.elapsed().as_secs_f64());
    outcome.with_context(|| format!("step `{name}` failed"))
}

/// A cargo command in the root of the workspace, by the cargo that runs us.
pub(crate) fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments);
    command
}

/// Runs a command to its end, with its output going where ours goes.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// Runs a command to its end and returns what it printed on its standard output.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} did not print text"))
}
