//! What must not depend on how much there is: latency, starts, memory, and learning of changes.

use std::time::Duration;

use super::Bench;
use super::fixture::{Content, Database};
use super::network::{Found, Network};
use super::report::Figure;

/// How long a server is left alone before its memory is looked at.
const SETTLED: Duration = Duration::from_secs(1);

/// The latency of a voucher with many parts in the database, against few.
pub(super) fn flat_database(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let few = network.with(bench, Content::parts(10_000))?;
    let ratio = Latency::of(bench, network, &few)?;
    Ok(vec![ratio.figure("flat_database")])
}

/// The latency of a voucher in a large tree, against a small one. The part and the certificate are at the same depth.
pub(super) fn flat_tree(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let content = |groups| Content { components: 10_000, groups, orgs: 1 };
    let large = network.with(bench, content(bench.pick(20_000, 2_000)))?;
    let small = network.with(bench, content(10))?;
    let ratio = Latency::of(bench, &large, &small)?;
    Ok(vec![ratio.figure("flat_tree")])
}

/// Medians, in microseconds.
struct Latency {
    large: f64,
    small: f64,
}

impl Latency {
    /// Measures both in turn, one call at a time; of each the best round counts.
    fn of(bench: &Bench, large: &Network, small: &Network) -> anyhow::Result<Latency> {
        let servers = (large.ours()?, small.ours()?);
        let [seconds, warm_up] = bench.pick(["4", "2"], ["1.5", "0.5"]);
        let one = ["--clients", "1", "--seconds", seconds, "--warm-up", warm_up];
        let p50 = |found: Found| found.p50_us;
        let mut latency = Latency { large: f64::INFINITY, small: f64::INFINITY };
        for _ in 0..bench.pick(5, 1) {
            latency.large = latency.large.min(p50(large.load_well(&servers.0, "voucher", &one)?));
            latency.small = latency.small.min(p50(small.load_well(&servers.1, "voucher", &one)?));
        }
        Ok(latency)
    }

    fn figure(&self, name: &str) -> Figure {
        Figure::at_most(name, self.large, "us", Some(self.small), 1.25)
    }
}

/// The first call after another server changed a large tree, against loading it.
pub(super) fn tree_catch_up(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let (groups, orgs) = bench.pick((20_000, 5), (2_000, 2));
    let network = bench.network()?.with(bench, Content { components: 0, groups, orgs })?;
    let (reading, writing) = (network.ours()?, network.ours()?);
    let (mut load, mut catch_up) = (f64::INFINITY, f64::INFINITY);
    for org in 1..=orgs {
        let [loaded, caught_up] = network.catch_up([&reading, &writing], org, 20)?;
        load = load.min(loaded);
        catch_up = catch_up.min(caught_up);
    }
    Ok(vec![Figure::at_most("tree_catch_up", catch_up, "us", Some(load), 0.10)])
}

/// A start with many parts, against one without any; of each the fastest counts.
pub(super) fn cold_start(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let many = bench.fixtures()?.database(parts(bench))?;
    let empty = bench.fixtures()?.database(Content { components: 0, groups: 0, orgs: 0 })?;
    let start = |database: &Database| -> anyhow::Result<f64> {
        let server = database.serve()?;
        let milliseconds = server.started_in().as_secs_f64() * 1e3;
        server.stop()?;
        Ok(milliseconds)
    };
    let (mut value, mut ceiling) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..bench.pick(10, 3) {
        value = value.min(start(&many)?);
        ceiling = ceiling.min(start(&empty)?);
    }
    Ok(vec![Figure::at_most("cold_start", value, "ms", Some(ceiling), 1.5)])
}

/// What a server holds that has started with many parts and was not called yet.
pub(super) fn idle_memory(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let server = bench.fixtures()?.database(parts(bench))?.serve()?;
    std::thread::sleep(SETTLED);
    let mebibytes = server.resident_kib()? / 1024.0;
    server.stop()?;
    Ok(vec![Figure::at_most("idle_memory", mebibytes, "MiB", None, 64.0)])
}

fn parts(bench: &Bench) -> Content {
    Content::parts(bench.pick(1_000_000, 50_000))
}
