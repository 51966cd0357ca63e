//! Python's grpcio, with stubs generated from our `.proto`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::dev_server::DevServer;
use super::{binary, install_folder};
use crate::steps::{step, succeed};
use crate::workspace::root;

const REQUIREMENTS: &str = "tests/clients/requirements.txt";

/// Makes a virtual environment with the pinned packages, unless there is one, and returns its interpreter.
pub(super) fn install() -> anyhow::Result<PathBuf> {
    let environment = install_folder()?.join("python");
    let python = environment.join("bin").join("python");
    let requirements = root().join(REQUIREMENTS);
    let installed = environment.join("installed.txt");
    let wanted = std::fs::read(&requirements).context(REQUIREMENTS)?;
    if std::fs::read(&installed).is_ok_and(|present| present == wanted) {
        return Ok(python);
    }
    step("install grpcio", || {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
            .context("no virtual environment; on Debian `apt-get install python3-venv`")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        succeed(Command::new(&python).args(pip).arg(&requirements))?;
        Ok(std::fs::write(&installed, &wanted)?)
    })?;
    Ok(python)
}

/// Generates the stubs and makes all calls.
pub(super) fn run(python: &Path, server: &DevServer) -> anyhow::Result<()> {
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
