//! Python's grpcio, with stubs generated from our `.proto`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::dev_server::DevServer;
use super::{binary, python};
use crate::steps::succeed;
use crate::workspace::root;

/// Makes the virtual environment unless there is one, and returns its interpreter.
pub(super) fn install() -> anyhow::Result<PathBuf> {
    python::environment("python", "tests/clients/requirements.txt")
}

/// Makes all calls.
pub(super) fn run(python: &Path, server: &DevServer) -> anyhow::Result<()> {
    let stubs = stubs(python)?;
    succeed(
        Command::new(python)
            .arg(root().join("tests/clients/grpcio_client.py"))
            .arg("--dev-json")
            .arg(server.dev_json())
            .arg("--server")
            .arg(binary("ovgs-server")?)
            .env("PYTHONPATH", stubs.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1"),
    )
}

/// A folder with stubs, generated from our `.proto`.
pub(super) fn stubs(python: &Path) -> anyhow::Result<TempDir> {
    let stubs = tempfile::tempdir()?;
    let protos = root().join("crates/ovgs-proto/proto");
    let option = |name: &str, value: &Path| format!("--{name}={}", value.display());
    succeed(
        Command::new(python)
            .args(["-m", "grpc_tools.protoc"])
            .arg(option("proto_path", &protos))
            .arg(option("python_out", stubs.path()))
            .arg(option("grpc_python_out", stubs.path()))
            .arg("ovgs/v1/ovgs.proto"),
    )?;
    Ok(stubs)
}
