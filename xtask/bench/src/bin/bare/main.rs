//! Bare services: what a call costs when nothing is asked of it, for `cargo xtask bench` to hold ours against.
//!
//! `bare serve` is a service by the same `.proto`, on the stack that ours is built on too: tonic's generated stubs, hyper's
//! HTTP/2, rustls over aws-lc-rs, tokio on all cores. It knows no callers, no trees and no rules. GetOwnershipVoucher signs
//! one message as long as a voucher's signed attributes, and answers as many bytes; with a database it also reads one part
//! with a prepared statement and writes one journal record, durably, together with those of the calls under way at the
//! same time. GetOwnershipVouchers does so for many parts, with one read and one write. GetSerial answers from memory, and
//! so does GetComponents without a database; with one it is a query, whose rows are sent as they come.
//!
//! `bare signatures` and `bare updates` have no service around them.

mod engine;
mod postgres;
mod serve;
mod service;
mod signatures;
mod sqlite;
mod unimplemented;
mod updates;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

/// Does what cannot be left out, and nothing else
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Serve until killed; prints `ready`
    Serve(Serve),
    /// Sign on all cores for a while, and print how many signatures that makes in a second
    Signatures {
        #[arg(long, default_value_t = 3.0)]
        seconds: f64,
    },
    /// Update one row after the other, each durably, and print how many updates that makes in a second
    Updates(Updates),
}

#[derive(Debug, Args)]
struct Serve {
    #[arg(long)]
    listen: SocketAddr,
    /// The certificate with its chain, in PEM
    #[arg(long)]
    cert: PathBuf,
    /// Its key, in PEM
    #[arg(long)]
    key: PathBuf,
    /// How long a voucher is
    #[arg(long, default_value_t = 2048)]
    voucher_bytes: usize,
    /// What is answered about every part, as `load sample` prints it
    #[arg(long, default_value = "")]
    serial: String,
    /// How many parts there are to list
    #[arg(long, default_value_t = 0)]
    parts: u64,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
struct Updates {
    #[arg(long, default_value_t = 32)]
    clients: usize,
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How many parts there are
    #[arg(long)]
    parts: u64,
    #[command(flatten)]
    database: Database,
}

/// A database that our server made, with its schema and its parts.
#[derive(Clone, Debug, Args)]
struct Database {
    /// An SQLite file
    #[arg(long)]
    sqlite: Option<PathBuf>,
    /// The address of a PostgreSQL database
    #[arg(long)]
    postgres: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Serve(wanted) => serve::serve(&wanted).await?,
        Task::Signatures { seconds } => println!("{}", signatures::per_second(seconds)?),
        Task::Updates(wanted) => println!("{}", updates::per_second(&wanted).await?),
    }
    Ok(())
}
