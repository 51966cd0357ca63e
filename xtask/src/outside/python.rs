//! Virtual environments with the packages that the programs in Python need.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::install_folder;
use crate::steps::{step, succeed};
use crate::workspace::root;

/// Makes the virtual environment `name` with what `requirements` pins, unless there is one, and returns its interpreter.
pub(super) fn environment(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let environment = install_folder()?.join(name);
    let python = environment.join("bin").join("python");
    let pinned = root().join(requirements);
    let installed = environment.join("installed.txt");
    let wanted = std::fs::read(&pinned).with_context(|| requirements.to_owned())?;
    if std::fs::read(&installed).is_ok_and(|present| present == wanted) {
        return Ok(python);
    }
    step(&format!("install {requirements}"), || {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
            .context("no virtual environment; on Debian `apt-get install python3-venv`")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        succeed(Command::new(&python).args(pip).arg(&pinned))?;
        Ok(std::fs::write(&installed, &wanted)?)
    })?;
    Ok(python)
}
