//! Where everything is kept.

use std::{fmt, num::NonZeroU32, path::PathBuf};

use chrono::TimeDelta;
use ovgs_store::{PostgresOptions, PostgresTls, SqlDatabase, SqliteOptions, StoreError};
use serde::Deserialize;

use super::{Config, Problem, fields, files};

/// Where everything is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// By which engine.
    pub engine: Engine,
    /// SQLite: the database's file.
    pub path: PathBuf,
    /// Whether a start of the server brings an older database up to date.
    pub auto_migrate: bool,
    /// PostgreSQL: the database's address, in the place of host, port, user and database.
    pub url: Option<DatabaseUrl>,
    /// PostgreSQL: the server's name or address, or the directory of its socket.
    pub host: Option<String>,
    /// PostgreSQL: the server's port; 5432 unless given.
    pub port: Option<u16>,
    /// PostgreSQL: who we are there; `ovgs` unless given.
    pub user: Option<String>,
    /// PostgreSQL: the file with the password.
    pub password_file: Option<PathBuf>,
    /// PostgreSQL: the database's name; `ovgs` unless given.
    pub database: Option<String>,
    /// PostgreSQL: who must prove what before anything is told.
    pub tls: StoreTls,
    /// PostgreSQL: the authority of the server's certificate, PEM.
    pub tls_ca: Option<PathBuf>,
    /// PostgreSQL: connections at most, and as many again to a replica.
    pub max_connections: NonZeroU32,
    /// PostgreSQL: how long a call waits for a connection.
    #[serde(deserialize_with = "fields::duration")]
    pub acquire_timeout: TimeDelta,
    /// PostgreSQL: how long a statement may take.
    #[serde(deserialize_with = "fields::duration")]
    pub statement_timeout: TimeDelta,
    /// PostgreSQL: how long a statement waits for somebody else's lock.
    #[serde(deserialize_with = "fields::duration")]
    pub lock_timeout: TimeDelta,
    /// PostgreSQL: the host of a read replica.
    pub replica_host: Option<String>,
    /// PostgreSQL: its port; that of the primary unless given.
    pub replica_port: Option<u16>,
}

impl Default for Store {
    fn default() -> Store {
        Store {
            engine: Engine::Sqlite,
            path: "ovgs.db".into(),
            auto_migrate: true,
            url: None,
            host: None,
            port: None,
            user: None,
            password_file: None,
            database: None,
            tls: StoreTls::VerifyFull,
            tls_ca: None,
            max_connections: NonZeroU32::MIN.saturating_add(15),
            acquire_timeout: TimeDelta::seconds(5),
            statement_timeout: TimeDelta::seconds(30),
            lock_timeout: TimeDelta::seconds(5),
            replica_host: None,
            replica_port: None,
        }
    }
}

/// A database engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Engine {
    /// Embedded, one file.
    #[default]
    Sqlite,
    /// A server of its own, for any number of ours.
    Postgres,
}

/// Who must prove what before anything is told to a database server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreTls {
    /// The server must have a certificate for its host.
    #[default]
    VerifyFull,
    /// The connection is encrypted, to whomever.
    Require,
    /// Nothing is encrypted.
    Disable,
}

/// The address of a database. It may hold a password, so it is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

impl Store {
    /// Every key for PostgreSQL alone that was given, and how often it speaks of a place.
    fn for_postgres(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            (self.url.is_some(), "url"),
            (self.host.is_some(), "host"),
            (self.port.is_some(), "port"),
            (self.user.is_some(), "user"),
            (self.database.is_some(), "database"),
            (self.password_file.is_some(), "password_file"),
            (self.tls_ca.is_some(), "tls_ca"),
            (self.replica_host.is_some(), "replica_host"),
        ];
        given.into_iter().filter(|(is_given, _)| *is_given).map(|(_, key)| key)
    }
}

/// The problems of the section whose values are good one by one.
pub(super) fn broken(config: &Config) -> Vec<Problem> {
    let store = &config.store;
    let problem = |key: &str, text: String| config.places.of("store", key).problem(text);
    if store.engine == Engine::Sqlite {
        let text =
            |key| format!("`store.{key}` is for PostgreSQL; write `engine = \"postgres\"`, or remove it");
        return store.for_postgres().map(|key| problem(key, text(key))).collect();
    }
    let mut problems = Vec::new();
    match &store.url {
        None if store.host.is_none() => problems.push(problem(
            "engine",
            "`store.host` is missing; name the database server, or give `store.url`".into(),
        )),
        None => {}
        Some(url) => {
            let twice = store.for_postgres().filter(|key| ["host", "port", "user", "database"].contains(key));
            let text = |key| format!("`store.{key}` stands in `store.url` as well; remove one of them");
            problems.extend(twice.map(|key| problem(key, text(key))));
            let wrong = PostgresOptions::from_url(&url.0).err();
            problems.extend(wrong.map(|error| problem("url", format!("`store.url`: {error}"))));
        }
    }
    if store.tls_ca.is_some() && store.tls != StoreTls::VerifyFull {
        let text = "`store.tls_ca` takes `tls = \"verify-full\"`; write that, or remove it";
        problems.push(problem("tls_ca", text.into()));
    }
    if store.replica_port.is_some() && store.replica_host.is_none() {
        problems
            .push(problem("replica_port", "`store.replica_port` takes `store.replica_host`; name it".into()));
    }
    problems
}

/// A database that can be opened.
#[derive(Clone, Debug)]
pub enum Opening {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database of PostgreSQL.
    Postgres(Box<PostgresOptions>),
}

impl Opening {
    /// Opens it, of whatever version it is. An SQLite file that is not there yet is made.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened.
    pub async fn open(&self) -> Result<SqlDatabase, StoreError> {
        match self {
            Opening::Sqlite(path) => SqlDatabase::sqlite(path, &SqliteOptions::default()).await,
            Opening::Postgres(options) => SqlDatabase::postgres(options).await,
        }
    }
}

impl Config {
    /// How the database is opened.
    ///
    /// # Errors
    /// [`Problem`] if the file with the password cannot be read, or others may read it.
    pub fn opening(&self) -> Result<Opening, Problem> {
        match self.store.engine {
            Engine::Sqlite => Ok(Opening::Sqlite(self.store.path.clone())),
            Engine::Postgres => self.postgres().map(|options| Opening::Postgres(Box::new(options))),
        }
    }

    fn postgres(&self) -> Result<PostgresOptions, Problem> {
        let store = &self.store;
        let port = store.port.unwrap_or(5432);
        let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "ovgs".to_owned());
        let options = match &store.url {
            Some(url) => PostgresOptions::from_url(&url.0)
                .map_err(|error| self.places.of("store", "url").problem(format!("`store.url`: {error}")))?,
            None => {
                let host = store.host.as_deref().unwrap_or("localhost");
                PostgresOptions::new(host, port, &named(&store.user), &named(&store.database))
            }
        };
        let mut options = options.with_tls(match store.tls {
            StoreTls::VerifyFull => PostgresTls::VerifyFull { ca: store.tls_ca.as_deref() },
            StoreTls::Require => PostgresTls::Require,
            StoreTls::Disable => PostgresTls::Disable,
        });
        if let Some(password) = self.database_password()? {
            options = options.with_password(&password);
        }
        if let Some(host) = &store.replica_host {
            options = options.with_replica(host, store.replica_port.unwrap_or(port));
        }
        let span = |span: TimeDelta| span.to_std().unwrap_or_default();
        options.max_connections = store.max_connections.get();
        options.acquire_timeout = span(store.acquire_timeout);
        options.statement_timeout = span(store.statement_timeout);
        options.lock_timeout = span(store.lock_timeout);
        Ok(options)
    }

    fn database_password(&self) -> Result<Option<String>, Problem> {
        let Some(path) = &self.store.password_file else { return Ok(None) };
        let place = self.places.of("store", "password_file");
        let bytes = files::read_key(path, "store.password_file", &place)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            place.problem(format!("`{}` is not UTF-8; write the password alone", path.display()))
        })?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}
