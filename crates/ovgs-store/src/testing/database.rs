//! New databases, one for each test.

use std::{
    env, io,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{Cluster, Programs, VARIABLE};
use crate::{PostgresOptions, PostgresTls};

/// An empty database. Dropping it removes it, whoever still uses it.
#[derive(Debug)]
pub struct Database {
    name: String,
}

impl Database {
    /// Makes one.
    ///
    /// # Errors
    /// If there is no server, and none can be started.
    pub fn new() -> io::Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        psql(&server()?.url, &format!("CREATE DATABASE {name}"))?;
        Ok(Database { name })
    }

    /// Its address.
    ///
    /// # Errors
    /// As for [`Database::new`].
    pub fn url(&self) -> io::Result<String> {
        server().map(|server| self.url_at(&server.url))
    }

    /// Its address on another server that has it, such as a standby.
    #[must_use]
    pub fn url_at(&self, server: &str) -> String {
        let (server, _) = server.rsplit_once('/').unwrap_or((server, ""));
        format!("{server}/{}", self.name)
    }

    /// How to reach it.
    ///
    /// # Errors
    /// As for [`Database::new`].
    pub fn options(&self) -> io::Result<PostgresOptions> {
        let options = PostgresOptions::from_url(&self.url()?).map_err(io::Error::other)?;
        Ok(options.with_tls(PostgresTls::Disable))
    }

    /// Does as its superuser what none of our own writers does.
    ///
    /// # Errors
    /// If the server refuses it.
    pub fn execute(&self, sql: &str) -> io::Result<String> {
        psql(&self.url()?, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // With a server of our own everything goes at the end.
        if let Ok(server) = server() {
            let _ = psql(&server.url, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

/// A server that follows the tests' own, and can only be read.
///
/// # Errors
/// If it cannot be made.
pub fn standby() -> io::Result<Cluster> {
    let server = server()?;
    Cluster::standby(&server.programs, &server.url)
}

/// The server of this process.
#[derive(Debug)]
struct Server {
    programs: Programs,
    url: String,
    /// Kept for as long as the process lives, and not a moment longer.
    _cluster: Option<Cluster>,
}

fn server() -> io::Result<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Server::start().map_err(|error| error.to_string()));
    server.as_ref().map_err(|error| io::Error::other(error.as_str()))
}

impl Server {
    fn start() -> io::Result<Server> {
        let programs = Programs::require()?;
        if let Ok(url) = env::var(VARIABLE) {
            return Ok(Server { programs, url, _cluster: None });
        }
        let cluster = Cluster::start(&programs)?;
        Ok(Server { programs, url: cluster.url(), _cluster: Some(cluster) })
    }
}

fn psql(url: &str, sql: &str) -> io::Result<String> {
    let mut psql: Command = server_programs()?.command("psql")?;
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
    let said = psql.args(["--dbname", url, "--command", sql]).stdin(Stdio::null()).output()?;
    match said.status.success() {
        true => Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned()),
        false => Err(io::Error::other(String::from_utf8_lossy(&said.stderr).trim().to_owned())),
    }
}

fn server_programs() -> io::Result<&'static Programs> {
    server().map(|server| &server.programs)
}
