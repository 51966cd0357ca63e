//! GetOwnershipVouchers of 500 parts, against bare signatures on all cores, and a bare service that also reads and writes.
//!
//! Parts of one delivery mostly have serial numbers that follow one another, and are asked for in the order in which
//! GetComponents lists them. What it costs when each part is from somewhere else has a row of its own.

use super::Bench;
use super::report::Figure;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let (floor, ours) = (network.floor()?, network.ours()?);
    let [seconds, warm_up] = bench.pick(["5", "2"], ["1.5", "0.5"]);
    // As many at once as keep all cores busy while some are written to the journal or on their way.
    let batches = ["--clients", "4", "--seconds", seconds, "--warm-up", warm_up];
    let neighbours = [&batches[..], &["--step", "1"]].concat();
    let [mut delivered, mut scattered, mut all, mut signatures] = [0.0_f64; 4];
    for _ in 0..bench.pick(3, 1) {
        signatures = signatures.max(network.bare_figure(&["signatures", "--seconds", seconds])?);
        delivered = delivered.max(network.load_well(&ours, "vouchers", &neighbours)?.items_per_second);
        all = all.max(network.load_well(&floor, "vouchers", &neighbours)?.items_per_second);
        scattered = scattered.max(network.load_well(&ours, "vouchers", &batches)?.items_per_second);
    }
    let figure = |name, vouchers, ceiling, least| Figure::rate(name, vouchers, "vouch/s", ceiling, least);
    Ok(vec![
        figure("batch_500", delivered, signatures, 0.5),
        figure("batch_500_floor", delivered, all, 0.85),
        figure("batch_500_scattered", scattered, signatures, 0.5),
    ])
}
