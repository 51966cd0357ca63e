//! What the clients need from npm.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::install_folder;
use crate::steps::{step, succeed};
use crate::workspace::root;

const PACKAGE: &str = "tests/clients/package.json";

/// Installs the pinned packages, unless they are there.
pub(super) fn install() -> anyhow::Result<()> {
    let folder = install_folder()?.join("npm");
    let wanted = std::fs::read(root().join(PACKAGE)).context(PACKAGE)?;
    let installed = folder.join("installed.json");
    if std::fs::read(&installed).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    step("install npm packages", || {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("package.json"), &wanted)?;
        let quiet = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
        succeed(Command::new("npm").args(quiet).current_dir(&folder))?;
        Ok(std::fs::write(&installed, &wanted)?)
    })
}

/// Where they are.
pub(super) fn modules() -> anyhow::Result<PathBuf> {
    Ok(install_folder()?.join("npm").join("node_modules"))
}
