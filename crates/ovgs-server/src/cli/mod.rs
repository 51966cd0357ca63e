//! The command line, one file per command.
//!
//! Exit codes: 0 done, or so already; 1 refused or failed, with one sentence on standard error; 2 wrong usage.

mod audit;
mod component;
mod config;
mod db;
mod dev;
mod error;
mod org;
mod output;
mod role;
mod serve;
mod server;
mod session;
mod signer;
mod system_user;
mod token;
mod user;
mod values;
mod voucher;

use std::{ffi::OsString, io, process::ExitCode, time::Duration};

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue},
};
use ovgs_domain::Excerpt;

use self::{error::CliError, output::Output};

/// Ownership vouchers for devices (RFC 8366), served over gRPC as openconfig ovgs.v1.
#[derive(Debug, Parser)]
#[command(name = "ovgs-server", version, propagate_version = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    /// Voucher keys on a machine of their own
    #[command(subcommand)]
    Signer(signer::Command),
    /// Check a configuration, or begin one
    #[command(subcommand)]
    Config(config::Command),
    /// Look after the database
    #[command(subcommand)]
    Db(db::Command),
    /// Organizations
    #[command(subcommand)]
    Org(org::Command),
    /// Registered users
    #[command(subcommand)]
    User(user::Command),
    /// Roles in groups
    #[command(subcommand)]
    Role(role::Command),
    /// The server's own tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Parts
    #[command(subcommand)]
    Component(component::Command),
    /// The journal's changes
    #[command(subcommand)]
    Audit(audit::Command),
    /// Vouchers
    #[command(subcommand)]
    Voucher(voucher::Command),
}

/// How long threads have to end once the command has.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs the command that the arguments say; the first one is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // Help goes to standard output and exits 0; if nobody reads it, that is their choice.
            let usage = shortened(usage);
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let outcome = runtime().and_then(|runtime| {
        let outcome = runtime.block_on(cli.command.run());
        // A call that hangs in the library of a security module keeps nobody from ending.
        runtime.shutdown_timeout(LAST_WORDS);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.tell(&mut io::stderr());
            error.exit_code()
        }
    }
}

/// Wrong usage, showing no more of a value than any other message does.
fn shortened(mut usage: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidSubcommand, ContextKind::InvalidArg] {
        let Some(ContextValue::String(given)) = usage.get(kind) else { continue };
        let shown = Excerpt::of(given).to_string();
        if shown != *given {
            usage.insert(kind, ContextValue::String(shown));
            // A suggestion would show the whole value again.
            usage.insert(ContextKind::Suggested, ContextValue::None);
        }
    }
    usage
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    // Every second task is one that was woken from elsewhere, if there is one: what the store has answered does not wait
    // behind however many calls have just come in.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().global_queue_interval(2).build();
    runtime.map_err(|error| CliError::said("the program cannot start its threads").because(error))
}

impl Command {
    async fn run(self) -> Result<(), CliError> {
        let mut output = Output::stdout();
        match self {
            Command::Dev(command) => command.run(&mut output).await,
            Command::Serve(command) => command.run(&mut output).await,
            Command::Signer(command) => command.run(&mut output).await,
            Command::Config(command) => command.run(&mut output).await,
            Command::Db(command) => command.run(&mut output).await,
            Command::Org(command) => command.run(&mut output).await,
            Command::User(command) => command.run(&mut output).await,
            Command::Role(command) => command.run(&mut output).await,
            Command::Token(command) => command.run(&mut output).await,
            Command::Component(command) => command.run(&mut output).await,
            Command::Audit(command) => command.run(&mut output).await,
            Command::Voucher(command) => command.run(&mut output).await,
        }?;
        output.finish()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_commands_are_put_together_well() {
        Cli::command().debug_assert();
    }
}
