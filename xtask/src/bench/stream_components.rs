//! GetComponents of all parts, against a bare service that streams as many messages from memory, and one that streams the
//! rows of a query.

use super::Bench;
use super::fixture::{Serving, org_id};
use super::network::Network;
use super::process::watched;
use super::report::{Figure, Target};

/// One stream, however long it takes; nothing before it.
const ONE: [&str; 8] = ["--clients", "1", "--calls", "1", "--warm-up", "0", "--seconds", "600"];

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let (bare, floor, ours) = (network.bare()?, network.floor()?, network.ours()?);
    let [mut value, mut ceiling, mut rows, mut growth] = [0.0_f64; 4];
    for round in 0..bench.pick(3, 1) {
        ceiling = ceiling.max(stream(network, &bare)?);
        rows = rows.max(stream(network, &floor)?);
        let begin = ours.resident_kib()?;
        let streamed = watched(ours.pid(), || stream(network, &ours))?;
        value = value.max(streamed.0);
        // What the first stream takes, a server keeps for the next.
        if round == 0 {
            growth = (streamed.1 - begin) / 1024.0;
        }
    }
    let memory = Figure {
        name: "stream_memory".to_owned(),
        value: growth,
        unit: "MiB",
        ceiling: None,
        target: Target::AtMost(64.0),
    };
    let figure = |name, ceiling, least| Figure::rate(name, value, "parts/s", ceiling, least);
    Ok(vec![figure("stream_components", ceiling, 0.4), figure("stream_components_floor", rows, 0.85), memory])
}

fn stream(network: &Network, server: &Serving) -> anyhow::Result<f64> {
    let org = org_id(1);
    let found = network.load_well(server, "components", &[&ONE[..], &["--group", &org]].concat())?;
    // The stream's own time: nothing else was under way.
    Ok(found.items_per_second)
}
