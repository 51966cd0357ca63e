//! What the plots show.

use crate::bench::Bench;
use crate::bench::fixture::Content;
use crate::bench::network::Network;

/// A plot: something against throughput and latency.
pub(super) struct Plot {
    /// The name of its file.
    pub(super) name: &'static str,
    /// What is varied.
    pub(super) what: &'static str,
    /// What throughput counts.
    pub(super) unit: &'static str,
    /// With how many clients throughput and latency are measured.
    pub(super) with: [&'static str; 2],
    pub(super) measure: fn(&Bench) -> anyhow::Result<Vec<Point>>,
}

/// What was measured at one size.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) size: f64,
    pub(super) per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
}

const BUSY_AND_ALONE: [&str; 2] = ["32 clients", "one client"];

pub(super) const PLOTS: &[Plot] = &[
    Plot {
        name: "database-size",
        what: "components in the database",
        unit: "vouchers/s",
        with: BUSY_AND_ALONE,
        measure: database_size,
    },
    Plot {
        name: "tree-size",
        what: "groups in the organization",
        unit: "vouchers/s",
        with: BUSY_AND_ALONE,
        measure: tree_size,
    },
    Plot {
        name: "batch-size",
        what: "components of a GetOwnershipVouchers",
        unit: "vouchers/s",
        with: ["4 clients", "one client"],
        measure: batch_size,
    },
    Plot {
        name: "clients",
        what: "clients, each calling as soon as it is answered",
        unit: "vouchers/s",
        with: ["as many clients", "as many clients"],
        measure: clients,
    },
];

fn database_size(bench: &Bench) -> anyhow::Result<Vec<Point>> {
    let largest = bench.pick(1_000_000, 50_000);
    let contents = [1_000, 10_000, 100_000, largest].into_iter().filter(|parts| *parts <= largest);
    contents.map(|parts| vouchers(bench, Content::parts(parts), parts)).collect()
}

fn tree_size(bench: &Bench) -> anyhow::Result<Vec<Point>> {
    let largest = bench.pick(20_000, 2_000);
    let sizes = [10, 100, 1_000, largest].into_iter();
    sizes.map(|groups| vouchers(bench, Content { components: 10_000, groups, orgs: 1 }, groups)).collect()
}

/// Single vouchers from a database with this in it.
fn vouchers(bench: &Bench, content: Content, size: u64) -> anyhow::Result<Point> {
    let network = bench.network()?.with(bench, content)?;
    let run = Run { bench, network: &network, call: "voucher", arguments: Vec::new() };
    run.point(size, "32", "1")
}

fn batch_size(bench: &Bench) -> anyhow::Result<Vec<Point>> {
    let point = |size: u64| {
        let arguments = ["--step", "1", "--batch", &size.to_string()].map(str::to_owned).to_vec();
        Run { bench, network: bench.network()?, call: "vouchers", arguments }.point(size, "4", "1")
    };
    [1, 5, 20, 100, 500].into_iter().map(point).collect()
}

fn clients(bench: &Bench) -> anyhow::Result<Vec<Point>> {
    let point = |clients: u64| {
        let run = Run { bench, network: bench.network()?, call: "voucher", arguments: Vec::new() };
        run.point(clients, &clients.to_string(), &clients.to_string())
    };
    [1, 2, 4, 8, 16, 32].into_iter().map(point).collect()
}

/// Calls of one kind at one size.
struct Run<'a> {
    bench: &'a Bench,
    network: &'a Network,
    call: &'a str,
    arguments: Vec<String>,
}

impl Run<'_> {
    /// Throughput with so many clients, latency with so many.
    fn point(&self, size: u64, busy: &str, alone: &str) -> anyhow::Result<Point> {
        let server = self.network.ours()?;
        let [seconds, warm_up] = self.bench.pick(["4", "1"], ["1", "0.3"]);
        let load = |clients: &str| {
            let mut arguments = vec!["--clients", clients, "--seconds", seconds, "--warm-up", warm_up];
            arguments.extend(self.arguments.iter().map(String::as_str));
            self.network.load_well(&server, self.call, &arguments)
        };
        let throughput = load(busy)?;
        let per_second = throughput.items_per_second;
        let latency = if alone == busy { throughput } else { load(alone)? };
        server.stop()?;
        Ok(Point { size: size as f64, per_second, p50_us: latency.p50_us, p99_us: latency.p99_us })
    }
}
