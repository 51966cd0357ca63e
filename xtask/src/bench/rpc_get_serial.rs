//! GetSerial, against a bare service that answers as much from memory.

use super::Bench;
use super::report::Figure;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let (bare, ours) = (network.bare()?, network.ours()?);
    let [seconds, warm_up] = bench.pick(["5", "2"], ["1.5", "0.5"]);
    let time = ["--seconds", seconds, "--warm-up", warm_up];
    let (mut value, mut ceiling) = (0.0_f64, 0.0_f64);
    for _ in 0..bench.pick(3, 1) {
        ceiling = ceiling.max(network.load_well(&bare, "serial", &time)?.per_second);
        value = value.max(network.load_well(&ours, "serial", &time)?.per_second);
    }
    Ok(vec![Figure::rate("rpc_get_serial", value, "calls/s", ceiling, 0.5)])
}
