//! Statements that go to the driver directly, since sea-orm's values know no arrays with gaps.

use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr,
    sqlx::{self, Postgres, pool::PoolConnection, postgres::PgArguments, query::Query},
};
use tokio::time::timeout;

use crate::sql::gathering::Line;

/// Connections are kept of a pool of at least so many, so that there are enough for everything else.
const ENOUGH: u32 = 8;
/// After so many statements a connection is given back, so that the pool sees when it has become too old.
const USES: u32 = 1000;

/// The statement and its values.
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A connection that is kept from one statement to the next. The pool tries out each connection that it gets back, which takes
/// as long as a small statement; and it hands them out in turn, each with a process behind it that finds its caches cold.
#[derive(Clone, Default)]
pub(in crate::sql) struct Kept(Arc<Mutex<Option<Used>>>);

/// A connection, and how many statements it has run.
struct Used {
    connection: PoolConnection<Postgres>,
    times: u32,
}

impl Kept {
    /// Gives it back to the pool.
    pub(in crate::sql) fn give_back(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, db: &DatabaseConnection, used: Used) {
        let pool = db.get_postgres_connection_pool();
        // A pool that was closed waits for all of its connections.
        let wanted = used.times < USES && !pool.is_closed();
        if wanted && pool.options().get_max_connections() >= ENOUGH {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(used);
        }
    }
}

/// Runs a statement; answers with its rows. Its error says like sea-orm's whether it was sent.
pub(super) async fn rows(line: &Line, statement: Statement<'_>) -> Result<Vec<QueryResult>, DbErr> {
    let Used { mut connection, times } = match line.kept.take() {
        Some(kept) => kept,
        None => Used { connection: connection(&line.db).await?, times: 0 },
    };
    let Ok(rows) = timeout(line.patience, statement.fetch_all(&mut *connection)).await else {
        // Nobody knows what became of it, and nothing else may come after it.
        connection.close_on_drop();
        return Err(DbErr::Query(runtime(io::Error::from(io::ErrorKind::TimedOut).into())));
    };
    let rows = rows.map_err(|error| DbErr::Query(runtime(error)))?;
    line.kept.keep(&line.db, Used { connection, times: times + 1 });
    Ok(rows.into_iter().map(QueryResult::from).collect())
}

/// Runs a statement whose one parameter is an array of texts; answers with its rows.
pub(in crate::sql) async fn for_texts(
    line: &Line,
    sql: &'static str,
    texts: &[&str],
) -> Result<Vec<QueryResult>, DbErr> {
    rows(line, sqlx::query(sql).bind(texts)).await
}

async fn connection(db: &DatabaseConnection) -> Result<PoolConnection<Postgres>, DbErr> {
    db.get_postgres_connection_pool().acquire().await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(runtime(error)),
    })
}

fn runtime(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
