//! `ci`: what a change must pass.

use crate::steps::{cargo, step, succeed};
use crate::{bench, codegen, fuzz, test, tidy};

/// The cheap checks first.
pub(crate) fn run() -> anyhow::Result<()> {
    step("fmt", || {
        succeed(&mut cargo(["fmt", "--all", "--check"]))?;
        succeed(&mut cargo(["fmt", "--check", "--manifest-path", fuzz::MANIFEST]))
    })?;
    step("tidy", tidy::run)?;
    step("codegen --check", codegen::check)?;
    step("clippy", || {
        let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
        succeed(cargo(everything).args(["--", "-D", "warnings"]))
    })?;
    step("doc", || {
        let documents = ["doc", "--workspace", "--no-deps", "--all-features"];
        succeed(cargo(documents).env("RUSTDOCFLAGS", "-Dwarnings"))
    })?;
    test::run()?;
    step("fuzz --smoke", || fuzz::run(&fuzz::Wanted { smoke: true, targets: Vec::new() }))?;
    // Whether it works; nothing here depends on how fast that is.
    step("bench --quick", || bench::run(&["--quick"]))
}
