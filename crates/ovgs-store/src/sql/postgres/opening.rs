//! Opening PostgreSQL: one pool of connections, and perhaps one to a read replica.

use std::{fmt, io, path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr,
    sqlx::{
        self, Connection as _,
        postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
    },
};
use thiserror::Error;
use tokio::time::timeout;

use crate::{
    StoreError,
    sql::{
        SqlDatabase,
        database::Connections,
        error,
        query::{self, Fields},
    },
};

/// How PostgreSQL is reached. What is not said here comes from the environment variables that PostgreSQL's own programs
/// know (`PGPASSWORD`, `PGSSLCERT`, `PGSSLKEY`), and a password also from `~/.pgpass`.
///
/// ```
/// use ovgs_store::{PostgresOptions, PostgresTls};
///
/// let options = PostgresOptions::from_url("postgres://ovgs@db.example/ovgs")?
///     .with_password("secret")
///     .with_tls(PostgresTls::VerifyFull { ca: Some("/etc/ssl/db-ca.pem".as_ref()) });
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), ovgs_store::BadDatabaseUrl>(())
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    primary: PgConnectOptions,
    replica: Option<(String, u16)>,
    /// Connections at most, at least 2; and as many again to a replica.
    pub max_connections: u32,
    /// How long a task waits for a connection, before the store counts as out of reach.
    pub acquire_timeout: Duration,
    /// How long one statement may take; zero is for ever.
    pub statement_timeout: Duration,
    /// After this long without an answer to a statement a connection counts as dead, though nobody closed it; but not
    /// before twice the [`statement_timeout`](PostgresOptions::statement_timeout), and never if that is zero.
    pub answer_timeout: Duration,
    /// How long one statement waits for somebody else's lock; zero is for ever.
    pub lock_timeout: Duration,
}

/// Who must prove what before anything is told to a database server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostgresTls<'a> {
    /// Nothing is encrypted: for a server on the same machine.
    Disable,
    /// The connection is encrypted, and the server may be anybody.
    Require,
    /// The server's certificate must bear its host's name, and be by an authority of this PEM file or by one that browsers
    /// trust.
    VerifyFull {
        /// The file with the authority.
        ca: Option<&'a Path>,
    },
}

/// A text that is not the address of a PostgreSQL database. It does not show the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadDatabaseUrl {
    /// It is something else altogether.
    #[error("it is no database address; write it like `postgres://user@host:5432/database`")]
    NotAUrl,
    /// It has settings after a question mark.
    #[error(
        "settings after the `?` of a database address are not taken; there is a setting of its own for each"
    )]
    Parameters,
    /// It names no database.
    #[error("it names no database; write it like `postgres://user@host:5432/database`")]
    NoDatabase,
}

impl PostgresOptions {
    /// The database at an address like `postgres://user:password@host:5432/database`; TLS is verified unless
    /// [said otherwise](PostgresOptions::with_tls).
    ///
    /// # Errors
    /// [`BadDatabaseUrl`] if it is not one.
    pub fn from_url(url: &str) -> Result<PostgresOptions, BadDatabaseUrl> {
        let is_ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !is_ours {
            return Err(BadDatabaseUrl::NotAUrl);
        }
        if url.contains(['?', '#']) {
            return Err(BadDatabaseUrl::Parameters);
        }
        let primary = url.parse::<PgConnectOptions>().map_err(|_| BadDatabaseUrl::NotAUrl)?;
        match primary.get_database() {
            Some(name) if !name.is_empty() => Ok(PostgresOptions::of(primary)),
            _ => Err(BadDatabaseUrl::NoDatabase),
        }
    }

    /// A database on a host, which may also be the directory of a Unix socket.
    #[must_use]
    pub fn new(host: &str, port: u16, user: &str, database: &str) -> PostgresOptions {
        let at = PgConnectOptions::new_without_pgpass().username(user).database(database);
        PostgresOptions::of(at_host(at, host, port))
    }

    fn of(primary: PgConnectOptions) -> PostgresOptions {
        let options = PostgresOptions {
            primary,
            replica: None,
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(5),
        };
        options.with_tls(PostgresTls::VerifyFull { ca: None })
    }

    /// With this password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> PostgresOptions {
        self.primary = self.primary.password(password);
        self
    }

    /// With TLS like this.
    #[must_use]
    pub fn with_tls(mut self, tls: PostgresTls<'_>) -> PostgresOptions {
        let primary = self.primary.ssl_mode(match tls {
            PostgresTls::Disable => PgSslMode::Disable,
            PostgresTls::Require => PgSslMode::Require,
            PostgresTls::VerifyFull { .. } => PgSslMode::VerifyFull,
        });
        self.primary = match tls {
            PostgresTls::VerifyFull { ca: Some(ca) } => primary.ssl_root_cert(ca),
            _ => primary,
        };
        self
    }

    /// With a replica of the same database on another host, which whole trees and certificates are read from as long as it
    /// is not behind.
    #[must_use]
    pub fn with_replica(mut self, host: &str, port: u16) -> PostgresOptions {
        self.replica = Some((host.to_owned(), port));
        self
    }

    /// After how long the network is to blame, and not the server.
    fn patience(&self) -> Duration {
        match self.statement_timeout {
            Duration::ZERO => Duration::MAX,
            longest => self.answer_timeout.max(longest.saturating_mul(2)),
        }
    }

    /// Who is where, for people; without a password.
    fn address(&self) -> String {
        let at = &self.primary;
        let host =
            at.get_socket().map_or_else(|| at.get_host().into(), |socket| socket.display().to_string());
        let database = at.get_database().unwrap_or_default();
        format!("{}@{host}:{}/{database}", at.get_username(), at.get_port())
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions").field("database", &self.address()).finish_non_exhaustive()
    }
}

pub(in crate::sql) async fn open(options: &PostgresOptions) -> Result<SqlDatabase, StoreError> {
    let refused = |error| refused(options, error);
    let primary = connect(options, options.primary.clone(), options.acquire_timeout, false).await;
    let primary = primary.map_err(refused)?;
    let replica = match &options.replica {
        None => None,
        Some((host, port)) => {
            let at = at_host(options.primary.clone(), host, *port);
            Some(connect(options, at, REPLICA_PATIENCE, true).await.map_err(refused)?)
        }
    };
    let connections = Connections {
        writer: primary.clone(),
        readers: primary.clone(),
        replica,
        patience: options.patience(),
        #[cfg(feature = "sqlite")]
        file: None,
    };
    connections.in_time(must_be_utf8(options, &primary)).await?;
    Ok(SqlDatabase { connections })
}

/// How long a task waits for a connection to the replica before it asks the primary.
const REPLICA_PATIENCE: Duration = Duration::from_millis(500);

/// After this long without use a connection is tried before it is used: somebody on the way may have dropped it.
const TRIED_AFTER: Duration = Duration::from_secs(1);

/// A new host name may mean a new machine, so connections do not live for ever.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

async fn connect(
    options: &PostgresOptions,
    at: PgConnectOptions,
    patience: Duration,
    lazily: bool,
) -> Result<DatabaseConnection, DbErr> {
    let at = at.application_name("ovgs").options(session(options));
    // All that matters is in `at`, which takes the place of what the URL says.
    let mut pool = ConnectOptions::new("postgres://localhost");
    pool.max_connections(options.max_connections.max(2))
        .min_connections(1)
        .acquire_timeout(patience)
        .max_lifetime(LIFETIME)
        .connect_lazy(lazily)
        .sqlx_logging(false)
        .map_sqlx_postgres_pool_opts(move |pool| tried(pool, patience))
        .map_sqlx_postgres_opts(move |_| sqlx::ConnectOptions::disable_statement_logging(at.clone()));
    Database::connect(pool).await
}

/// A pool whose connections are tried before and after their use, in bounded time: one that the network cut off in silence
/// would else keep its place in the pool for as long as that lasts. Before its use, there is time left to make another.
///
/// After its use it is made to finish what somebody left who went away. The pool then asks it once more without a bound; one
/// that falls silent at that very moment does keep its place, until the network comes back or gives the connection up.
fn tried(pool: PgPoolOptions, patience: Duration) -> PgPoolOptions {
    async fn in_time(
        answer: impl Future<Output = Result<(), sqlx::Error>>,
        patience: Duration,
    ) -> Result<bool, sqlx::Error> {
        match timeout(patience, answer).await {
            Ok(answer) => answer.map(|()| true),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }
    pool.test_before_acquire(false)
        .before_acquire(move |connection, used| {
            Box::pin(async move {
                match used.idle_for > TRIED_AFTER {
                    true => in_time(connection.ping(), patience / 4).await,
                    false => Ok(true),
                }
            })
        })
        .after_release(move |connection, _| Box::pin(in_time(connection.flush(), patience)))
}

/// What every connection begins with.
///
/// All of our statements are made to seek, whatever the statistics say or do not say yet. So the planner is told not to
/// scan, nor to join in ways that scan, and need not plan a prepared statement more than once: a bad estimate can not turn
/// the way of a voucher into a scan of everybody's parts.
fn session(options: &PostgresOptions) -> Vec<(&'static str, String)> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let off = || "off".to_owned();
    vec![
        ("statement_timeout", millis(options.statement_timeout)),
        ("lock_timeout", millis(options.lock_timeout)),
        ("idle_in_transaction_session_timeout", millis(options.statement_timeout)),
        ("plan_cache_mode", "force_generic_plan".to_owned()),
        ("enable_seqscan", off()),
        ("enable_hashjoin", off()),
        ("enable_mergejoin", off()),
        ("jit", off()),
    ]
}

fn at_host(at: PgConnectOptions, host: &str, port: u16) -> PgConnectOptions {
    let at = at.port(port);
    if host.starts_with('/') { at.socket(host) } else { at.host(host) }
}

async fn must_be_utf8(options: &PostgresOptions, db: &DatabaseConnection) -> Result<(), StoreError> {
    let sql =
        "SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()";
    let row = query::one(db, sql, []).await?;
    let encoding = row.map(|row| Fields::of(&row).text()).transpose()?.unwrap_or_default();
    if encoding == "UTF8" {
        return Ok(());
    }
    let reason = format!("its encoding is `{encoding}`; make it with `CREATE DATABASE … ENCODING 'UTF8'`");
    Err(StoreError::Open { database: options.address(), reason, source: encoding.into() })
}

/// Says in a sentence why there is no way in.
fn refused(options: &PostgresOptions, error: DbErr) -> StoreError {
    let reason = match error::sqlstate(&error).as_deref() {
        Some("28P01") => "the password is wrong, or there is none; correct `store.password_file`".to_owned(),
        Some("28000") => {
            "the server lets this user in neither this way nor from here; correct its `pg_hba.conf`"
                .to_owned()
        }
        Some("3D000") => "there is no such database; make it with `createdb`".to_owned(),
        Some("42501") => "this user may not connect to it; `GRANT CONNECT` lets it".to_owned(),
        Some("53300") => {
            "the server has no connection left; raise its `max_connections`, or lower `store.max_connections`"
                .to_owned()
        }
        Some(code) => format!("the server refused it with SQLSTATE `{code}`"),
        None => unreached(&error),
    };
    StoreError::Open { database: options.address(), reason, source: error.into() }
}

fn unreached(error: &DbErr) -> String {
    match error::source(error) {
        Some(sqlx::Error::Tls(why)) => format!("TLS with the server failed: {why}"),
        // What rustls finds wrong comes as such.
        Some(sqlx::Error::Io(why)) if why.kind() == io::ErrorKind::InvalidData => {
            format!("TLS with the server failed: {why}")
        }
        Some(sqlx::Error::Io(why)) => format!("the server cannot be reached: {why}"),
        Some(sqlx::Error::Configuration(why)) => format!("it cannot be used: {why}"),
        _ => "no server answered in time".to_owned(),
    }
}
