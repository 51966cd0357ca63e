//! A load generator: calls the service from a process of its own, over TLS, and prints one line of JSON about it.
//!
//! `load … run` makes one kind of call over and over; `load … create-cert` and `create-groups` make what the calls need.
//! `cargo xtask bench` runs it against our server and against the bare services of `bare`, which cannot tell the two apart.
//! Parts are named as `xtask/src/bench/parts.rs` writes them: `JPE` and the number of the part.

mod calls;
mod catch_up;
mod connection;
mod make;
mod run;
mod tally;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use calls::Kind;

/// Calls an OVGS service
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    task: Task,
}

#[derive(Clone, Debug, Args)]
struct Server {
    /// Where it is, as `https://127.0.0.1:PORT`
    #[arg(long)]
    endpoint: String,
    /// Its authority, in PEM
    #[arg(long)]
    ca: PathBuf,
    /// The caller's token
    #[arg(long)]
    token: String,
    /// Over how many connections the calls are spread
    #[arg(long, default_value_t = 4)]
    connections: usize,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make one kind of call for a while
    Run(Box<Run>),
    /// Print what is answered about the first part, in hexadecimal, and how long an answer with a voucher is
    Sample {
        #[arg(long)]
        ien: String,
        /// The certificate to pin
        #[arg(long)]
        cert_id: String,
    },
    /// Register a domain certificate, and print its id
    CreateCert {
        #[arg(long)]
        group: String,
        /// The certificate, in PEM
        #[arg(long)]
        pem: PathBuf,
    },
    /// Call a server whose tree was changed through another one
    CatchUp(CatchUp),
    /// Make groups below another, and print their ids
    CreateGroups {
        #[arg(long)]
        parent: String,
        #[arg(long, default_value_t = 1)]
        count: u64,
    },
}

/// A tree that is read here and changed elsewhere.
#[derive(Debug, Args)]
struct CatchUp {
    /// The other server
    #[arg(long)]
    changed_at: String,
    /// The root of the tree
    #[arg(long)]
    group: String,
    #[arg(long, default_value_t = 20)]
    rounds: u64,
}

/// What is called, how often, and for how long.
#[derive(Clone, Debug, Args)]
struct Run {
    #[arg(long, value_enum)]
    call: Kind,
    /// How many calls are under way at once; with a rate, at most
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// How many seconds before that are not counted
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Calls begun in a second, whether or not those before are answered; without it, each follows the one before
    #[arg(long)]
    rate: Option<f64>,
    /// How many calls, if the time does not end first
    #[arg(long)]
    calls: Option<u64>,
    /// The caller's deadline, in milliseconds
    #[arg(long)]
    deadline: Option<u64>,
    #[arg(long, default_value = "30065")]
    ien: String,
    /// How many parts there are
    #[arg(long, default_value_t = 1)]
    parts: u64,
    /// With which one to begin
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How far one part is from the next one that is asked for
    #[arg(long, default_value_t = 7919)]
    step: u64,
    /// The certificate to pin
    #[arg(long, default_value = "")]
    cert_id: String,
    /// The group that is listed, or those between which parts are moved
    #[arg(long)]
    group: Vec<String>,
    /// Parts in a batch
    #[arg(long, default_value_t = 500)]
    batch: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { server, task } = Arguments::parse();
    let clients = connection::open(&server).await?;
    match task {
        Task::Run(wanted) => println!("{}", serde_json::to_string(&run::run(&clients, &wanted).await?)?),
        Task::CatchUp(wanted) => println!("{}", catch_up::run(&clients, server, &wanted).await?),
        Task::Sample { ien, cert_id } => println!("{}", make::sample(&clients, ien, cert_id).await?),
        Task::CreateCert { group, pem } => println!("{}", make::cert(&clients, group, &pem).await?),
        Task::CreateGroups { parent, count } => make::groups(&clients, &parent, count).await?,
    }
    Ok(())
}
