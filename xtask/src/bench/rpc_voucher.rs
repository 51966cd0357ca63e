//! GetOwnershipVoucher, against a bare service that only signs, and one that also reads and writes.

use super::Bench;
use super::report::{Figure, Target};

const CALL: &str = "voucher";

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let (bare, floor, ours) = (network.bare()?, network.floor()?, network.ours()?);
    let [seconds, warm_up] = bench.pick(["5", "2"], ["1.5", "0.5"]);
    let time = ["--seconds", seconds, "--warm-up", warm_up];
    let (mut voucher, mut signing, mut all) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..bench.pick(3, 1) {
        signing = signing.max(network.load_well(&bare, CALL, &time)?.per_second);
        voucher = voucher.max(network.load_well(&ours, CALL, &time)?.per_second);
        all = all.max(network.load_well(&floor, CALL, &time)?.per_second);
    }
    // The same number of calls a second for both: half of what ours can take.
    let rate = (voucher / 2.0).to_string();
    let calm = [&time[..], &["--rate", &rate]].concat();
    let (mut late, mut bare_late) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..bench.pick(3, 1) {
        bare_late = bare_late.min(network.load_well(&bare, CALL, &calm)?.p99_us);
        late = late.min(network.load_well(&ours, CALL, &calm)?.p99_us);
    }
    let least = if bench.engine == "postgres" { 0.32 } else { 0.42 };
    Ok(vec![
        Figure::rate("rpc_voucher", voucher, "calls/s", signing, least),
        Figure::rate("rpc_voucher_floor", voucher, "calls/s", all, 0.85),
        Figure {
            name: "rpc_voucher_p99".to_owned(),
            value: late,
            unit: "us",
            ceiling: Some(bare_late),
            target: Target::AtMost(4.0),
        },
    ])
}
