//! Command-line clients that know the service by reflection alone: `buf curl` and `grpcurl`.

use std::path::{Path, PathBuf};
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
    Grpcurl(PathBuf),
}

impl Tool {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::BufCurl(_) => "buf curl",
            Self::Grpcurl(_) => "grpcurl",
        }
    }
}

/// Installs the pinned buf, unless it is there. The pinned grpcurl has come with the packages of `python`, as a binary
/// for x86-64 alone; on another machine it is left out.
pub(super) fn install(python: &Path) -> anyhow::Result<Vec<Tool>> {
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
    let grpcurl = python.with_file_name("grpcurl");
    match answers(&grpcurl, "-version") {
        true => Ok(vec![Tool::BufCurl(buf), Tool::Grpcurl(grpcurl)]),
        false => Ok(vec![Tool::BufCurl(buf)]),
    }
}

/// Walks the operator's workflow with one of them.
pub(super) fn run(tool: &Tool, server: &DevServer) -> anyhow::Result<()> {
    let mut client = Command::new("python3");
    client.arg(root().join("tests/clients/curl_client.py")).arg("--dev-json").arg(server.dev_json());
    match tool {
        Tool::BufCurl(buf) => client.arg("--buf").arg(buf),
        Tool::Grpcurl(grpcurl) => client.arg("--grpcurl").arg(grpcurl),
    };
    succeed(client.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1"))
}
