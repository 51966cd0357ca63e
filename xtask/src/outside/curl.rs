//! Command-line clients that know the service by reflection alone: `buf curl`, and `grpcurl` where it is there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::dev_server::DevServer;
use super::install_folder;
use super::tools::answers;
use crate::steps::{step, succeed};
use crate::workspace::root;

const PACKAGE: &str = "tests/clients/package.json";

/// A client, and where it is.
pub(super) enum Tool {
    BufCurl(PathBuf),
    Grpcurl,
}

impl Tool {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::BufCurl(_) => "buf curl",
            Self::Grpcurl => "grpcurl",
        }
    }
}

/// Installs the pinned buf, unless it is there, and looks for a grpcurl.
pub(super) fn install() -> anyhow::Result<Vec<Tool>> {
    let folder = install_folder()?.join("npm");
    let buf = folder.join("node_modules/.bin/buf");
    let wanted = std::fs::read(root().join(PACKAGE)).context(PACKAGE)?;
    let installed = folder.join("installed.json");
    if !std::fs::read(&installed).is_ok_and(|present| present == wanted) {
        step("install buf", || {
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("package.json"), &wanted)?;
            let quiet = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
            succeed(Command::new("npm").args(quiet).current_dir(&folder))?;
            Ok(std::fs::write(&installed, &wanted)?)
        })?;
    }
    let mut tools = vec![Tool::BufCurl(buf)];
    if answers("grpcurl", "-version") {
        tools.push(Tool::Grpcurl);
    }
    Ok(tools)
}

/// Walks the operator's workflow with one of them.
pub(super) fn run(tool: &Tool, server: &DevServer) -> anyhow::Result<()> {
    let mut client = Command::new("python3");
    client.arg(root().join("tests/clients/curl_client.py")).arg("--dev-json").arg(server.dev_json());
    match tool {
        Tool::BufCurl(buf) => client.arg("--buf").arg(buf),
        Tool::Grpcurl => client.args(["--grpcurl", "grpcurl"]),
    };
    succeed(client.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1"))
}
