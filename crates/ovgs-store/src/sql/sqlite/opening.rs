//! Opening SQLite: one connection that writes, several that read, in WAL mode.

use std::{fs::OpenOptions, path::Path, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, TransactionTrait,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{File, Turn};
use crate::{
    StoreError,
    sql::{
        SqlDatabase,
        database::Connections,
        dialect::Dialect,
        error::{self, code},
    },
};

/// How an SQLite file is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// How much is read at the same time, at least 1: so many connections of the driver, and about as many threads that SQLite
    /// is called on directly. Reading never waits for writing.
    pub readers: u32,
    /// How long a writer waits for another one, here or in another process, before the store counts as out of reach.
    pub busy_timeout: Duration,
}

/// How many rows SQLite's thread may be ahead of the task that takes them, so that the two seldom wait for each other. What is
/// read is kept whole in any case.
const ROWS_AHEAD: usize = 1024;

/// How much longer a task waits for a connection than a connection for the file's lock: time enough to open one.
const PATIENCE: Duration = Duration::from_secs(1);

impl Default for SqliteOptions {
    /// Four readers; five seconds.
    fn default() -> SqliteOptions {
        SqliteOptions { readers: 4, busy_timeout: Duration::from_secs(5) }
    }
}

pub(in crate::sql) async fn open(path: &Path, options: &SqliteOptions) -> Result<SqlDatabase, StoreError> {
    let timeout = options.busy_timeout;
    let file = SqliteConnectOptions::new().filename(path).busy_timeout(timeout).foreign_keys(true);
    let file = file.row_buffer_size(ROWS_AHEAD);
    let writing = file
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let refused = |error| refused(path, error);
    make_private(path);
    let writer = connect(writing, 1, timeout).await.map_err(refused)?;
    prove_writable(&writer).await.map_err(refused)?;
    let readers = connect(file.read_only(true), options.readers.max(1), timeout).await.map_err(refused)?;
    let file = File::new(path.to_owned(), options.readers.max(1), timeout, Turn::new(timeout + PATIENCE));
    let patience = Duration::MAX;
    Ok(SqlDatabase {
        connections: Connections { writer, readers, replica: None, patience, file: Some(file) },
    })
}

/// Makes a new file readable for its owner alone, since it says who may do what; SQLite gives the files beside it the same
/// permissions. What goes wrong here goes wrong again, and is reported, when SQLite opens the file.
fn make_private(path: &Path) {
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let _ = file.open(path);
}

/// SQLite opens what it may not write for reading alone, and says nothing. Whoever finds the file locked could write.
async fn prove_writable(writer: &DatabaseConnection) -> Result<(), DbErr> {
    // Of such a database BEGIN IMMEDIATE is satisfied with reading, so something has to be written, and taken back.
    let write = async || {
        let tx = writer.begin_with_options(Dialect::Sqlite.writing()).await?;
        tx.execute_unprepared("PRAGMA user_version = 0").await?;
        tx.rollback().await
    };
    write().await.or_else(|error| match error::primary_code(&error) {
        Some(code::BUSY | code::LOCKED) => Ok(()),
        _ => Err(error),
    })
}

/// A database in memory lives in one connection, which must do for both.
pub(in crate::sql) async fn open_in_memory() -> Result<SqlDatabase, StoreError> {
    let memory = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    let timeout = SqliteOptions::default().busy_timeout;
    let refused = |error| refused(Path::new(":memory:"), error);
    let writer = connect(memory, 1, timeout).await.map_err(refused)?;
    Ok(SqlDatabase {
        connections: Connections {
            readers: writer.clone(),
            writer,
            replica: None,
            patience: Duration::MAX,
            file: None,
        },
    })
}

async fn connect(
    sqlite: SqliteConnectOptions,
    connections: u32,
    busy_timeout: Duration,
) -> Result<DatabaseConnection, DbErr> {
    // All that matters is in `sqlite`, which takes the place of what the URL says.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(connections)
        .min_connections(connections)
        .acquire_timeout(busy_timeout + PATIENCE)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| sqlite.clone());
    Database::connect(options).await
}

/// Says in a sentence why a file cannot be opened.
fn refused(path: &Path, error: DbErr) -> StoreError {
    let missing = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    let reason = match (error::primary_code(&error), missing) {
        (_, Some(folder)) => format!("there is no directory `{}`", folder.display()),
        (Some(code::CANTOPEN | code::READONLY), None) => {
            "the file or its directory is not writable".to_owned()
        }
        (Some(code::NOTADB | code::CORRUPT), None) => "the file is not an SQLite database".to_owned(),
        (Some(code::BUSY | code::LOCKED), None) => "another process has locked it".to_owned(),
        _ => "SQLite failed".to_owned(),
    };
    StoreError::Open { database: path.display().to_string(), reason, source: error.into() }
}
