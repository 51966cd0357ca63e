//! The ready-to-run server and its command line.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Much of what a call allocates on one thread is freed on another, which the system's allocator mostly waits for.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Both aws-lc-rs and, through somebody else's dependency, another provider may be built in: say which one is meant.
    // It fails only if it was said before, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    ovgs_server::cli::run(std::env::args_os())
}
