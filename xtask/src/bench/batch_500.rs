//! GetOwnershipVouchers of 500 parts, against bare signatures on all cores.

use super::Bench;
use super::report::Figure;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let ours = network.ours()?;
    let [seconds, warm_up] = bench.pick(["5", "2"], ["1.5", "0.5"]);
    // As many at once as keep all cores busy while some are written to the journal or on their way.
    let batches = ["--clients", "4", "--seconds", seconds, "--warm-up", warm_up];
    let (mut vouchers, mut signatures) = (0.0_f64, 0.0_f64);
    for _ in 0..bench.pick(3, 1) {
        signatures = signatures.max(network.bare_figure(&["signatures", "--seconds", seconds])?);
        vouchers = vouchers.max(network.load_well(&ours, "vouchers", &batches)?.items_per_second);
    }
    Ok(vec![Figure::rate("batch_500", vouchers, "vouch/s", signatures, 0.5)])
}
