//! Statements that go to the driver directly, since sea-orm's values know no arrays with gaps.

use std::io;

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr,
    sqlx::{self, Postgres, pool::PoolConnection, postgres::PgArguments, query::Query},
};

/// The statement with no values yet.
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Runs a statement; answers with its rows. Its error says like sea-orm's whether it was sent.
pub(super) async fn rows(
    db: &DatabaseConnection,
    statement: Statement<'_>,
) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = connection(db).await?;
    let rows = statement.fetch_all(&mut *connection).await.map_err(|error| DbErr::Query(runtime(error)))?;
    Ok(rows.into_iter().map(QueryResult::from).collect())
}

/// Runs a statement whose one parameter is an array of texts; answers with its rows.
pub(in crate::sql) async fn for_texts(
    db: &DatabaseConnection,
    sql: &'static str,
    texts: &[&str],
) -> Result<Vec<QueryResult>, DbErr> {
    rows(db, sqlx::query(sql).bind(texts)).await
}

async fn connection(db: &DatabaseConnection) -> Result<PoolConnection<Postgres>, DbErr> {
    db.get_postgres_connection_pool().acquire().await.map_err(|error| match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(runtime(error)),
    })
}

/// The error of a statement that was sent and never answered.
pub(super) fn unanswered() -> DbErr {
    DbErr::Query(runtime(io::Error::from(io::ErrorKind::TimedOut).into()))
}

fn runtime(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}
