//! Programs that are measured from outside.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How often a program is looked at while it runs.
const GLANCE: Duration = Duration::from_millis(10);

/// What a program took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) seconds: f64,
    /// The most memory it held, in KiB; 0 where the system does not tell.
    pub(super) peak_kib: f64,
}

/// Runs a program to its end, which must be a good one.
pub(super) fn run(command: &mut Command) -> anyhow::Result<Taken> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut peak_kib: f64 = 0.0;
    let status = loop {
        peak_kib = peak_kib.max(peak(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(GLANCE);
    };
    let seconds = started.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(Taken { seconds, peak_kib })
}

/// The high-water mark of its memory so far.
fn peak(child: &Child) -> f64 {
    status(child.id(), "VmHWM:").unwrap_or_default()
}

/// The memory that a process holds, in KiB.
pub(super) fn resident_kib(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmRSS:").context("the system does not tell how much memory a process holds")
}

/// A line about a process, as Linux has them.
fn status(pid: u32, key: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line?.split_whitespace().next()?.parse().ok()
}

/// The outcome, and the most memory that a process held meanwhile, in KiB.
pub(super) fn watched<T>(pid: u32, run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64)> {
    let (running, ended) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut most = 0.0_f64;
        loop {
            most = most.max(resident_kib(pid).unwrap_or_default());
            if !matches!(ended.recv_timeout(GLANCE), Err(mpsc::RecvTimeoutError::Timeout)) {
                return most;
            }
        }
    });
    let outcome = run();
    drop(running);
    let most = watch.join().unwrap_or_default();
    Ok((outcome?, most))
}

/// Builds a target with `cargo build --release` and says where its program is.
pub(super) fn build(arguments: &[&str]) -> anyhow::Result<std::path::PathBuf> {
    let mut command = crate::steps::cargo(["build", "--release", "--message-format=json-render-diagnostics"]);
    let output = crate::steps::output(command.args(arguments).stderr(Stdio::inherit()))?;
    let messages = output.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs = messages.filter_map(|message| Some(message.get("executable")?.as_str()?.to_owned()));
    Ok(programs.next_back().with_context(|| format!("{arguments:?} builds no program"))?.into())
}
