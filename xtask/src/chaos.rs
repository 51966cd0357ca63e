//! `chaos`: servers under load that are killed at random, for as long as one likes.

use crate::steps::{cargo, succeed};
use crate::test::WORKSPACE;

/// Runs the test of that name with these arguments, which are its own; see `--help`.
///
/// Unoptimized, as all tests: it was built for these already, and overflows are noticed.
pub(crate) fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let asked_for_help = arguments.iter().any(|argument| ["--help", "-h"].contains(argument));
    let has_kills = arguments.iter().any(|argument| argument.starts_with("--kills"));
    let default = if has_kills || asked_for_help { &[][..] } else { &["--kills", "100"] };
    let test = ["test", "--quiet", "--test", "chaos"];
    succeed(cargo(test).args(WORKSPACE).arg("--").args(default).args(arguments))
}
