//! Chaos: real servers over TLS, under a load of all calls, are killed at random and start again; at the end everything that
//! was answered has to be there.
//!
//! As a test (`cargo test`) it is a short run on each engine; `cargo xtask chaos` makes long ones. Start reading at [`run`];
//! [`ledger`] says why what must be true is known exactly.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod call;
mod caller;
mod database;
mod fleet;
mod ledger;
mod lines;
mod load;
mod monkey;
mod options;
mod process;
mod run;
#[expect(dead_code, reason = "the other tests use all of it")]
#[path = "../it/cli/site.rs"]
mod site;
mod stage;
mod tally;
mod verdict;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::Arguments;

fn main() -> ExitCode {
    let runs = Arguments::parse().runs(rand::random());
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runs.into_iter().all(|options| runtime.block_on(run::run(options))) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
