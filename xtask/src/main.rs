//! Chores of this workspace: `cargo xtask COMMAND`.
//!
//! One file per command. They are plain Rust, so that they run wherever the workspace builds.

mod bench;
mod chaos;
mod ci;
mod codegen;
mod fuzz;
mod outside;
mod postgres;
mod steps;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  codegen [--check]  generate the code of ovgs-proto from its .proto files, or check that it is up to date
  tidy               check what the compiler does not: who depends on whom, who names what, file sizes, crate docs
  test               run all tests, then the verifiers and clients of other ecosystems
  verifiers          only the part of test that has other people's verifiers judge our vouchers
  fuzz [--smoke] [TARGET…]
                     fuzz all targets of ovgs-voucher, or these, for ten minutes each; --smoke: for seconds
  chaos [--kills N] [--engine sqlite|postgres] [--servers N] [--orgs N] [--seed N]
                     kill servers under load, and the database with them, and see that nothing is lost
  bench [--quick] [--engine sqlite|postgres] [--record] [NAME…]
                     measure against bare costs, in a release build; writes target/bench/report.json and, with --record,
                     the table into docs/performance.md
  bench --plots [--quick] [--engine sqlite|postgres]
                     draw throughput, latency and a flame graph into docs/performance
  ci                 fmt, clippy, tidy, codegen --check, doc, test, fuzz --smoke, bench --quick: what a change must pass
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(),
        ["tidy"] => tidy::run(),
        ["test"] => test::run(),
        ["verifiers"] => outside::verifiers::run_alone(),
        ["fuzz", wanted @ ..] => fuzz::Wanted::read(wanted).and_then(|wanted| fuzz::run(&wanted)),
        ["chaos", arguments @ ..] => chaos::run(arguments),
        ["bench", names @ ..] => bench::run(names),
        ["ci"] => ci::run(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
