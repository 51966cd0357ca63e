//! Four times as many calls as the server can answer: what it lets in keeps its pace, it takes no more memory than it
//! should, and a second later all is as before.
//!
//! Here the server has half of the cores and its callers the other half: on the same cores the flood would take from the
//! server what it measures, and measure its own wait for a core as the server's. The flood is not asked how long its calls
//! took either, since it has no time to look. A client beside it is, which has a program and connections of its own, calls
//! ten times less often than the server could answer, and is refused as often as anybody.

use anyhow::{Context, ensure};

use super::Bench;
use super::cores::Halves;
use super::fixture::Serving;
use super::network::{Found, Network};
use super::process::watched;
use super::report::{Figure, Target};

const CALL: &str = "voucher";
/// As many as a server with a single core always has room for.
const CLIENTS: &str = "16";
/// Of so many rounds before the flood the calmest counts.
const CALM_ROUNDS: usize = 3;
/// How much more memory it may take meanwhile, in MiB.
const GROWTH: f64 = 128.0;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let halves = Halves::new()?;
    let ours = halves.serve(|| network.ours())?;
    let calls = |arguments: &[&str]| halves.call(|| network.load_well(&ours, CALL, arguments));
    let [short, long] = bench.pick([5.0, 60.0], [1.5, 10.0]);
    let seconds = format!("{short}");
    let capacity = calls(&["--clients", CLIENTS, "--seconds", &seconds, "--warm-up", "1"])?.per_second;
    let half = (capacity / 2.0).to_string();
    let calm = ["--clients", CLIENTS, "--rate", &half, "--seconds", &seconds, "--warm-up", "1"];
    let rounds = (0..bench.pick(CALM_ROUNDS, 1)).map(|_| calls(&calm)).collect::<Result<Vec<_>, _>>()?;
    let before = rounds.into_iter().min_by(|a, b| a.p99_us.total_cmp(&b.p99_us)).context("no round")?;
    let begin = ours.resident_kib()?;
    let (overload, most) =
        watched(ours.pid(), || halves.call(|| Overload::make(network, &ours, capacity, long)))?;
    // The calls of the second after the flood are not counted; from then on none may fail.
    let after = calls(&calm)?;
    overload.print(capacity, long);
    let ratio = |name: &str, value| Figure {
        name: name.to_owned(),
        value,
        unit: "us",
        ceiling: Some(before.p99_us),
        target: Target::AtMost(3.0),
    };
    Ok(vec![
        ratio("overload_p99", overload.beside.p99_us),
        ratio("overload_recovery", after.p99_us),
        Figure {
            name: "overload_memory".to_owned(),
            value: (most - begin) / 1024.0,
            unit: "MiB",
            ceiling: None,
            target: Target::AtMost(GROWTH),
        },
    ])
}

/// What came of too many calls.
struct Overload {
    flood: Found,
    /// What a client beside them saw.
    beside: Found,
}

impl Overload {
    /// Makes four times as many calls as can be answered, from more clients than can be at work at once.
    fn make(network: &Network, server: &Serving, capacity: f64, seconds: f64) -> anyhow::Result<Overload> {
        let calling = |clients, rate: f64, warm_up, seconds: f64| {
            let [rate, seconds] = [rate, seconds].map(|number| number.to_string());
            [
                "--clients",
                clients,
                "--rate",
                &rate,
                "--warm-up",
                warm_up,
                "--seconds",
                &seconds,
                "--deadline",
                "1000",
            ]
            .map(str::to_owned)
        };
        let flood = calling("1024", 4.0 * capacity, "1", seconds);
        let flood = network.flood(server, CALL, &flood.each_ref().map(String::as_str))?;
        let beside = calling("64", capacity / 10.0, "2", seconds - 2.0);
        let beside = network.load(server, CALL, &beside.each_ref().map(String::as_str))?;
        let overload = Overload { flood: flood.end()?, beside };
        overload.check()?;
        Ok(overload)
    }

    /// Whoever got no answer was refused, or it would have come too late.
    fn check(&self) -> anyhow::Result<()> {
        // The last is what tonic's client says when it gives up by itself, at the same moment.
        let shed =
            |code: &String| ["ResourceExhausted", "DeadlineExceeded", "Cancelled"].contains(&code.as_str());
        for found in [&self.flood, &self.beside] {
            ensure!(found.errors.keys().all(shed), "calls failed as they should not: {found:?}");
            ensure!(found.calls > 0, "no call was answered: {found:?}");
        }
        Ok(())
    }

    fn print(&self, capacity: f64, seconds: f64) {
        let made = |found: &Found| found.calls + found.errors.values().sum::<u64>();
        println!(
            "{} calls were made in {seconds} s, where {capacity:.0} a second can be; {} were answered, and {} of {} beside them",
            made(&self.flood),
            self.flood.calls,
            self.beside.calls,
            made(&self.beside)
        );
    }
}
