//! GetComponents of all parts, against a bare service that streams as many messages from memory.

use std::time::Duration;

use super::Bench;
use super::fixture::{Serving, org_id};
use super::network::Network;
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
        let streamed = watched(&ours, || stream(network, &ours))?;
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

/// The outcome, and the most memory that the server held meanwhile, in KiB.
fn watched<T: Send>(server: &Serving, run: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, f64)> {
    let pid = server.pid();
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut most = 0.0_f64;
        loop {
            most = most.max(super::process::resident_kib(pid).unwrap_or_default());
            match ended.recv_timeout(Duration::from_millis(20)) {
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                _ => return most,
            }
        }
    });
    let outcome = run();
    drop(done);
    let most = watch.join().unwrap_or_default();
    Ok((outcome?, most))
}
