//! GetComponents of all parts, against a bare service that streams as many messages from memory.

use super::Bench;
use super::fixture::{Serving, org_id};
use super::network::Network;
use super::process::watched;
use super::report::{Figure, Target};

/// One stream, however long it takes; nothing before it.
const ONE: [&str; 8] = ["--clients", "1", "--calls", "1", "--warm-up", "0", "--seconds", "600"];

pub(super) fn measure(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let network = bench.network()?;
    let (bare, ours) = (network.bare()?, network.ours()?);
    let (mut value, mut ceiling, mut growth) = (0.0_f64, 0.0_f64, 0.0_f64);
    for round in 0..bench.pick(3, 1) {
        ceiling = ceiling.max(stream(network, &bare)?);
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
    Ok(vec![Figure::rate("stream_components", value, "parts/s", ceiling, 0.4), memory])
}

fn stream(network: &Network, server: &Serving) -> anyhow::Result<f64> {
    let org = org_id(1);
    let found = network.load_well(server, "components", &[&ONE[..], &["--group", &org]].concat())?;
    // The stream's own time: nothing else was under way.
    Ok(found.items_per_second)
}
