//! The Rust client in `examples/operator-journey`.

use std::process::Command;

use super::binary;
use super::dev_server::DevServer;
use crate::steps::succeed;

/// As `cargo run -p operator-journey -- --dev-json DATA/dev.json`, with the binary that the tests built.
pub(super) fn run(server: &DevServer) -> anyhow::Result<()> {
    succeed(Command::new(binary("operator-journey")?).arg("--dev-json").arg(server.dev_json()))
}
