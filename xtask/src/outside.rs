//! What is outside this workspace: clients, each against a fresh `ovgs-server dev`, and verifiers of vouchers.

mod curl;
mod dev_server;
mod grpcio;
mod journey;
mod npm;
mod oidc;
mod python;
mod tools;
pub(crate) mod verifiers;

use std::path::PathBuf;

use anyhow::Context;

use crate::steps::step;
pub(crate) use dev_server::{DevServer, free_port, stop, wait_until_ready};
pub(crate) use tools::{answers, require as require_tools};

/// Runs all of them.
pub(crate) fn run() -> anyhow::Result<()> {
    verifiers::run()?;
    step("client: operator journey", || against_a_server(journey::run))?;
    let python = grpcio::install()?;
    step("client: grpcio", || against_a_server(|server| grpcio::run(&python, server)))?;
    npm::install()?;
    let tools = curl::tools(&python)?;
    for tool in &tools {
        step(&format!("client: {}", tool.name()), || against_a_server(|server| curl::run(tool, server)))?;
    }
    step("client: oidc-provider", || oidc::run(&python))?;
    Ok(())
}

/// Starts a server, lets a client loose on it, and sees that it stops as it should.
fn against_a_server(client: impl FnOnce(&DevServer) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let server = DevServer::start()?;
    let outcome = client(&server);
    let stopped = server.stop();
    outcome.and(stopped)
}

/// A binary of this workspace, as built beside this one.
fn binary(name: &str) -> anyhow::Result<PathBuf> {
    Ok(profile_folder()?.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Where tools and the clients' own dependencies are installed: `target/outside`.
pub(crate) fn install_folder() -> anyhow::Result<PathBuf> {
    let target = profile_folder()?.parent().context("this program is not in a target folder")?.to_path_buf();
    let folder = target.join("outside");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// `target/debug`, or wherever else this program was built.
fn profile_folder() -> anyhow::Result<PathBuf> {
    let ours = std::env::current_exe()?;
    Ok(ours.parent().context("this program is in no folder")?.to_path_buf())
}
