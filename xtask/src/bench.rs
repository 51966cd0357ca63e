//! `bench`: what the service costs, each figure beside the bare cost of what cannot be left out, measured in the same run.
//!
//! One file per subject, listed in [`SUBJECTS`]. The figures are printed as a table and written to
//! `target/bench/report.json`.

mod add_serial;
mod batch_500;
mod cores;
mod fixture;
mod import_rows;
mod library;
mod network;
mod overload;
mod page;
mod parts;
mod plots;
mod process;
mod report;
mod rpc_get_serial;
mod rpc_voucher;
mod size;
mod stream_components;

use std::cell::OnceCell;

use anyhow::{Context, bail};

use crate::steps::step;
use fixture::{Engine, Fixtures};
use network::Network;
use report::{Figure, Report};

/// A subject: what it measures, by name, and what measures it.
type Subject = (&'static [&'static str], fn(&Bench) -> anyhow::Result<Vec<Figure>>);

const SUBJECTS: &[Subject] = &[
    (&["issue_p256", "issue_rsa2048"], library::issue),
    (&["rpc_voucher", "rpc_voucher_floor", "rpc_voucher_p99"], rpc_voucher::measure),
    (&["batch_500", "batch_500_floor", "batch_500_scattered"], batch_500::measure),
    (&["rpc_get_serial"], rpc_get_serial::measure),
    (&["stream_components", "stream_components_floor", "stream_memory"], stream_components::measure),
    (&["add_serial"], add_serial::measure),
    (&["overload_p99", "overload_recovery", "overload_memory"], overload::measure),
    (&["import_rows", "import_rows_without_keys", "import_memory_10x_file"], import_rows::measure),
    (&["decide"], library::decide),
    (&["flat_database"], size::flat_database),
    (&["flat_tree"], size::flat_tree),
    (&["tree_catch_up"], size::tree_catch_up),
    (&["cold_start"], size::cold_start),
    (&["idle_memory"], size::idle_memory),
];

/// What all subjects of a run share.
#[derive(Debug)]
struct Bench {
    quick: bool,
    engine: &'static str,
    plots: bool,
    record: bool,
    fixtures: OnceCell<Fixtures>,
    network: OnceCell<Network>,
}

/// Measures the subjects of these names, or all, and says which targets were missed; or draws plots. It fails if something
/// cannot be measured, and not because a target is missed: how fast a machine is today is no reason for a chore to fail.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let (bench, names) = Bench::wanted(arguments)?;
    if bench.plots {
        return plots::draw(&bench, arguments);
    }
    let mut report = Report::default();
    for (subject, measure) in SUBJECTS {
        if names.is_empty() || names.iter().any(|name| subject.contains(name)) {
            step(&format!("bench {}", subject.join(", ")), || {
                report.extend(measure(&bench)?);
                Ok(())
            })?;
        }
    }
    report.write()?;
    if bench.record {
        let (run, machine) = (bench.in_words(), page::machine()?);
        page::write(bench.engine, &format!("{}\n\nMeasured by {run} on {machine}.", report.as_markdown()))?;
    }
    print!("{report}");
    match report.missed().as_slice() {
        [] => println!("all targets met"),
        missed => println!("missed: {}", missed.join(", ")),
    }
    Ok(())
}

impl Bench {
    /// Reads `[--quick] [--engine ENGINE] [--plots | --record] [NAME…]`.
    fn wanted<'a>(arguments: &[&'a str]) -> anyhow::Result<(Bench, Vec<&'a str>)> {
        let mut bench = Bench {
            quick: false,
            engine: "sqlite",
            plots: false,
            record: false,
            fixtures: OnceCell::new(),
            network: OnceCell::new(),
        };
        let mut names = Vec::new();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match *argument {
                "--quick" => bench.quick = true,
                "--plots" => bench.plots = true,
                "--record" => bench.record = true,
                "--engine" => match arguments.next() {
                    Some(&"sqlite") => bench.engine = "sqlite",
                    Some(&"postgres") => bench.engine = "postgres",
                    _ => bail!("`--engine` takes sqlite or postgres"),
                },
                name if known().any(|known| known == name) => names.push(name),
                name => {
                    bail!("there is no bench `{name}`; there are: {}", known().collect::<Vec<_>>().join(", "))
                }
            }
        }
        if !names.is_empty() && (bench.plots || bench.record) {
            bail!("`--plots` and `--record` take no names: they show all there is");
        }
        Ok((bench, names))
    }

    /// What kind of run it is, as its results say.
    fn in_words(&self) -> String {
        format!("{} run with {}", self.pick("a whole", "a quick"), self.engine)
    }

    /// The first for a whole run, the second for a quick one.
    fn pick<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// The databases of this run.
    fn fixtures(&self) -> anyhow::Result<&Fixtures> {
        if self.fixtures.get().is_none() {
            let server = process::build(&["--package", "ovgs-server", "--bin", "ovgs-server"])?;
            let _ = self.fixtures.set(Fixtures::new(server, Engine::named(self.engine)?)?);
        }
        self.fixtures.get().context("no fixtures")
    }

    /// What subjects measure with that go over the network.
    fn network(&self) -> anyhow::Result<&Network> {
        if self.network.get().is_none() {
            let _ = self.network.set(Network::new(self)?);
        }
        self.network.get().context("no network")
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    SUBJECTS.iter().flat_map(|(names, _)| names.iter().copied())
}
