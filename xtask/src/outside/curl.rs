//! Command-line clients that know the service by reflection alone: `buf curl` and `grpcurl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::dev_server::DevServer;
use super::npm;
use super::tools::answers;
use crate::steps::succeed;
use crate::workspace::root;

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

/// The pinned buf, and the pinned grpcurl, which has come with the packages of `python` as a binary for x86-64 alone; on
/// another machine it is left out.
pub(super) fn tools(python: &Path) -> anyhow::Result<Vec<Tool>> {
    let buf = npm::modules()?.join(".bin/buf");
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
