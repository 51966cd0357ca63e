//! What a run is like.

use std::fmt;

use clap::{Parser, ValueEnum};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        })
    }
}

/// Servers under load that are killed at random, and the check that nothing was lost
///
/// Without `--kills` it is a test: a short run on each engine.
#[derive(Debug, Parser)]
#[command(name = "chaos", bin_name = "cargo xtask chaos")]
pub(crate) struct Arguments {
    /// How often servers, and with PostgreSQL the database, are killed
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) kills: Option<u32>,
    /// What the servers keep everything in
    #[arg(long, value_enum, default_value_t = Engine::Sqlite, requires = "kills")]
    pub(crate) engine: Engine,
    /// How many servers share the database: two, or three with PostgreSQL, unless given
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=16), requires = "kills")]
    pub(crate) servers: Option<u8>,
    /// How many organizations have programs that call, six for each
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..), requires = "kills")]
    pub(crate) orgs: u16,
    /// Where random choices begin; printed by each run
    #[arg(long, requires = "kills")]
    pub(crate) seed: Option<u64>,
    /// What `cargo test` says to all tests: a part of the names of those to run, and how
    #[arg(hide = true, allow_hyphen_values = true, trailing_var_arg = true)]
    pub(crate) of_cargo_test: Vec<String>,
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) engine: Engine,
    pub(crate) kills: usize,
    pub(crate) servers: usize,
    pub(crate) orgs: usize,
    pub(crate) seed: u64,
}

/// Kills of a short run.
const SHORT: usize = 8;

impl Arguments {
    /// The runs that are asked for.
    pub(crate) fn runs(&self, seed: u64) -> Vec<Options> {
        let servers = |engine| match engine {
            Engine::Sqlite => 2,
            Engine::Postgres => 3,
        };
        let Some(kills) = self.kills else {
            let engines = [Engine::Sqlite, Engine::Postgres].into_iter();
            let short = |engine| Options { engine, kills: SHORT, servers: servers(engine), orgs: 2, seed };
            return engines.filter(|_| self.is_wanted()).map(short).collect();
        };
        let engine = self.engine;
        let servers = self.servers.map_or_else(|| servers(engine), usize::from);
        let seed = self.seed.unwrap_or(seed);
        vec![Options { engine, kills: kills as usize, servers, orgs: usize::from(self.orgs), seed }]
    }

    /// Whether `cargo test` means this test: it names none, or this one, and does not only ask what there is.
    fn is_wanted(&self) -> bool {
        let mut names = self.of_cargo_test.iter().filter(|argument| !argument.starts_with('-')).peekable();
        let lists = self.of_cargo_test.iter().any(|argument| argument == "--list");
        !lists && (names.peek().is_none() || names.any(|name| "chaos".contains(name.as_str())))
    }
}
