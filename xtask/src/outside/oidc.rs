//! An identity provider by others, panva's oidc-provider, and clients that get their tokens from it.

use std::path::Path;
use std::process::Command;

use super::{binary, grpcio, npm};
use crate::steps::succeed;
use crate::workspace::root;

/// Starts provider and server, and sees who is believed, through the rotation of keys and an outage.
pub(super) fn run(python: &Path) -> anyhow::Result<()> {
    let stubs = grpcio::stubs(python)?;
    succeed(
        Command::new(python)
            .arg(root().join("tests/clients/oidc_client.py"))
            .arg("--server")
            .arg(binary("ovgs-server")?)
            .arg("--node-modules")
            .arg(npm::modules()?)
            .env("PYTHONPATH", stubs.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1"),
    )
}
