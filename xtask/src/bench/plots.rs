//! `bench --plots`: how throughput and latency go with the sizes of things, and where a voucher's time goes, drawn into
//! `docs/performance`.
//!
//! What draws is behind the feature `plots`, so that no other chore builds it; without it this calls itself again with it.

#[cfg(feature = "plots")]
mod chart;
#[cfg(feature = "plots")]
mod flame;
#[cfg(feature = "plots")]
mod series;

use super::Bench;

/// Draws everything.
#[cfg(feature = "plots")]
pub(super) fn draw(bench: &Bench, _: &[&str]) -> anyhow::Result<()> {
    use crate::steps::step;

    let folder = crate::workspace::root().join("docs").join("performance");
    std::fs::create_dir_all(&folder)?;
    for plot in series::PLOTS {
        step(&format!("plot {}", plot.name), || {
            let points = (plot.measure)(bench)?;
            chart::draw(&folder.join(format!("{}.svg", plot.name)), plot, &points)
        })?;
    }
    step("flame graph", || flame::draw(bench, &folder.join("flame-graph.svg")))?;
    let (run, machine) = (bench.in_words(), super::page::machine()?);
    super::page::write("plots", &format!("Drawn by {run} on {machine}."))
}

/// Builds and runs this program with what draws.
#[cfg(not(feature = "plots"))]
pub(super) fn draw(_: &Bench, arguments: &[&str]) -> anyhow::Result<()> {
    let mut again =
        crate::steps::cargo(["run", "--quiet", "--package", "xtask", "--features", "plots", "--", "bench"]);
    crate::steps::succeed(again.args(arguments))
}
