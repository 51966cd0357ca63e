//! Where the time of a voucher goes: the server's stacks while it is asked for vouchers.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use inferno::collapse::{Collapse, perf::Folder};
use inferno::flamegraph;

use crate::bench::Bench;
use crate::outside::answers;
use crate::steps::output;

/// How often a second the stacks are looked at, and how much of each is kept to find its callers in, in octets.
const FREQUENCY: &str = "199";
const CALL_GRAPH: &str = "dwarf,16384";
/// Frames in less than so many hundredths of all stacks are left out, to keep the file small.
const LEAST: f64 = 0.25;

pub(super) fn draw(bench: &Bench, path: &Path) -> anyhow::Result<()> {
    ensure!(
        answers("perf", "--version"),
        "a flame graph needs `perf`, on Debian from the package `linux-perf`"
    );
    let network = bench.network()?;
    let server = network.ours()?;
    let folder = tempfile::tempdir_in(crate::workspace::root().join("target"))?;
    let record = folder.path().join("perf.data");
    let [seconds, load] = bench.pick(["8", "10"], ["2", "4"]);
    let mut perf = Command::new("perf");
    perf.args([
        "record",
        "--freq",
        FREQUENCY,
        "--call-graph",
        CALL_GRAPH,
        "--pid",
        &server.pid().to_string(),
    ]);
    perf.arg("--output")
        .arg(&record)
        .args(["--", "sleep", seconds])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let recording = perf.spawn().context("cannot start `perf`")?;
    network.load_well(&server, "voucher", &["--clients", "32", "--seconds", load, "--warm-up", "0"])?;
    let recorded = recording.wait_with_output()?;
    let said = String::from_utf8_lossy(&recorded.stderr);
    ensure!(recorded.status.success(), "`perf` could not look at the server: {}", said.trim());
    server.stop()?;
    let mut script = Command::new("perf");
    let stacks =
        output(script.args(["script", "--no-inline", "--input"]).arg(&record).stderr(Stdio::null()))?;
    let mut collapsed = Vec::new();
    Folder::default().collapse(stacks.as_bytes(), &mut collapsed)?;
    write(path, &String::from_utf8(collapsed)?)
}

fn write(path: &Path, stacks: &str) -> anyhow::Result<()> {
    let mut options = flamegraph::Options::default();
    options.title = "GetOwnershipVoucher, 32 clients: the server's time on the processor".to_owned();
    options.min_width = LEAST;
    options.deterministic = true;
    let file =
        BufWriter::new(File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?);
    Ok(flamegraph::from_lines(&mut options, stacks.lines(), file)?)
}
