//! Four times as many calls as the server can answer: what it lets in keeps its pace, it takes no more memory than it
//! should, and a second later all is as before.

use anyhow::ensure;

use super::Bench;
use super::fixture::Serving;
use super::network::{Found, Network};
use super::process::watched;
use super::report::{Figure, Target};

const CALL: &str = "voucher";
/// How much more memory it may take meanwhile, in MiB.
const GROWTH: f64 = 128.0;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let ours = network.ours()?;
    let [short, long] = bench.pick(["5", "60"], ["1.5", "10"]);
    let capacity = network.load_well(&ours, CALL, &["--seconds", short, "--warm-up", "1"])?.per_second;
    let half = (capacity / 2.0).to_string();
    let calm = ["--rate", &half, "--seconds", short, "--warm-up", "1"];
    let before = network.load_well(&ours, CALL, &calm)?;
    let begin = ours.resident_kib()?;
    let (found, most) = watched(ours.pid(), || flood(network, &ours, 4.0 * capacity, long))?;
    // The calls of the second after the flood are not counted; from then on none may fail.
    let after = network.load_well(&ours, CALL, &calm)?;
    let offered: u64 = found.calls + found.errors.values().sum::<u64>();
    println!(
        "{offered} calls were made in {long} s, where {capacity:.0} a second can be; {} were answered",
        found.calls
    );
    let ratio = |name: &str, value, bound| Figure {
        name: name.to_owned(),
        value,
        unit: "us",
        ceiling: Some(before.p99_us),
        target: Target::AtMost(bound),
    };
    Ok(vec![
        ratio("overload_p99", found.p99_us, 3.0),
        ratio("overload_recovery", after.p99_us, 3.0),
        Figure {
            name: "overload_memory".to_owned(),
            value: (most - begin) / 1024.0,
            unit: "MiB",
            ceiling: None,
            target: Target::AtMost(GROWTH),
        },
    ])
}

/// Makes so many calls a second, from more clients than can be at work at once.
fn flood(network: &Network, server: &Serving, rate: f64, seconds: &str) -> anyhow::Result<Found> {
    let rate = rate.to_string();
    let clients = ["--clients", "1024", "--rate", &rate, "--from-call", "--deadline", "1000"];
    let found =
        network.flood(server, CALL, &[&clients[..], &["--seconds", seconds, "--warm-up", "1"]].concat())?;
    // The last is what tonic's client says when it gives up by itself, at the same moment.
    let shed =
        |code: &String| ["ResourceExhausted", "DeadlineExceeded", "Cancelled"].contains(&code.as_str());
    ensure!(found.errors.keys().all(shed), "calls failed as they should not: {found:?}");
    ensure!(found.calls > 0, "no call was answered: {found:?}");
    Ok(found)
}
