//! `test`: all tests of the workspace, then everything outside it that calls the service.

use crate::outside;
use crate::postgres::{self, VARIABLE};
use crate::steps::{cargo, step, succeed};

/// What all packages but this one are built with. One set of flags, so that cargo settles the features of shared
/// dependencies once and nothing is built twice; this package brings compilers that the others need not wait for.
pub(crate) const WORKSPACE: [&str; 4] = ["--workspace", "--exclude", "xtask", "--all-features"];

/// Runs everything; needs Rust, python3, npm, openssl and PostgreSQL, which it installs if it may.
pub(crate) fn run() -> anyhow::Result<()> {
    outside::require_tools()?;
    step("build", || succeed(cargo(["build", "--all-targets"]).args(WORKSPACE)))?;
    let database = postgres::provide()?;
    step("test", || succeed(cargo(["test"]).args(WORKSPACE).env(VARIABLE, database.url())))?;
    drop(database);
    step("test xtask", || succeed(&mut cargo(["test", "--package", "xtask"])))?;
    outside::run()
}
