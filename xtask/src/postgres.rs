//! A private PostgreSQL for the tests, unless one is named.

// The tests' own way to one, which takes nothing but the standard library.
#[expect(unreachable_pub, dead_code, reason = "the tests use all of it, from another crate")]
#[path = "../../crates/ovgs-store/src/testing/cluster.rs"]
mod cluster;

use anyhow::Context;

pub(crate) use cluster::{Cluster, Programs};

pub(crate) use cluster::VARIABLE;

/// A server to run tests against, which is gone when this is.
#[derive(Debug)]
pub(crate) enum Server {
    Named(String),
    Ours(Cluster),
}

impl Server {
    pub(crate) fn url(&self) -> String {
        match self {
            Server::Named(url) => url.clone(),
            Server::Ours(cluster) => cluster.url(),
        }
    }
}

/// Takes the server that is named, or starts one.
pub(crate) fn provide() -> anyhow::Result<Server> {
    if let Ok(url) = std::env::var(VARIABLE) {
        return Ok(Server::Named(url));
    }
    let programs = Programs::require()?;
    Ok(Server::Ours(Cluster::start(&programs).context("PostgreSQL for the tests")?))
}
