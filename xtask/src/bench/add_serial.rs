//! AddSerial of different parts, against bare durable updates of single rows.

use super::Bench;
use super::fixture::group_id;
use super::report::Figure;

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let ours = network.ours()?;
    let seconds = bench.pick(5.0, 1.5);
    let (length, groups) = (seconds.to_string(), [group_id(1, 9), group_id(1, 10)]);
    let [one, other] = &groups;
    let (mut value, mut ceiling, mut first) = (0.0_f64, 0.0_f64, 0);
    for _ in 0..bench.pick(3, 1) {
        ceiling = ceiling.max(network.bare_updates(seconds)?);
        let begin = u64::to_string(&first);
        let calls =
            ["--seconds", &length, "--warm-up", "0.5", "--group", one, "--group", other, "--first", &begin];
        let found = network.load_well(&ours, "add-serial", &calls)?;
        value = value.max(found.per_second);
        // Those of the warm-up count as well: no part is moved twice into one group.
        first += found.begun;
    }
    Ok(vec![Figure::rate("add_serial", value, "calls/s", ceiling, 0.4)])
}
