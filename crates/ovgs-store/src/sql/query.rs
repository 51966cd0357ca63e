//! Statements of our own, and how their rows are read.

use std::{borrow::Cow, fmt};

#[cfg(feature = "postgres")]
use sea_orm::sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, QueryResult, QueryStream, Statement, StreamTrait, TryGetable,
    Value,
};

use super::error;
use crate::StoreError;

/// Runs a statement; says how many rows it touched.
pub(super) async fn run(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, StoreError> {
    let done = db.execute_raw(statement(db, sql, values)).await.map_err(error::store)?;
    Ok(done.rows_affected())
}

/// The first row of an answer.
pub(super) async fn one(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<QueryResult>, StoreError> {
    db.query_one_raw(statement(db, sql, values)).await.map_err(error::store)
}

/// All rows of an answer.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    db.query_all_raw(statement(db, sql, values)).await.map_err(error::store)
}

/// The rows of an answer as they come. A connection is theirs until then.
pub(super) async fn stream(
    db: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<QueryStream, StoreError> {
    db.stream_raw(statement(db, sql, values)).await.map_err(error::store)
}

/// How many rows at most, as a value.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn statement(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// The columns of a row, read from left to right: on the hot path that is twice as fast as by name.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    row: Row<'a>,
    next: usize,
}

/// A row, as whoever brought it has it.
#[derive(Clone, Copy)]
enum Row<'a> {
    Orm(&'a QueryResult),
    /// The driver's own, from which texts and bytes are read where they are.
    #[cfg(feature = "postgres")]
    Postgres(&'a PgRow),
    #[cfg(feature = "sqlite")]
    Sqlite(&'a rusqlite::Row<'a>),
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &'a QueryResult) -> Fields<'a> {
        Fields::from(row, 0)
    }

    /// A row that SQLite itself brought.
    #[cfg(feature = "sqlite")]
    pub(super) fn of_sqlite(row: &'a rusqlite::Row<'a>) -> Fields<'a> {
        Fields { row: Row::Sqlite(row), next: 0 }
    }

    /// A row whose first columns were read before.
    pub(super) fn from(row: &'a QueryResult, next: usize) -> Fields<'a> {
        #[cfg(feature = "postgres")]
        if let Some(row) = row.try_as_pg_row() {
            return Fields { row: Row::Postgres(row), next };
        }
        Fields { row: Row::Orm(row), next }
    }

    /// Reads a whole row in one expression.
    pub(super) fn read<T>(
        mut self,
        read: impl FnOnce(&mut Fields<'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        read(&mut self)
    }

    pub(super) fn int(&mut self) -> Result<i64, StoreError> {
        self.int_or_null().and_then(there)
    }

    pub(super) fn int_or_null(&mut self) -> Result<Option<i64>, StoreError> {
        match self.row {
            Row::Orm(row) => self.take(row),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => self.take_from_driver(row),
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => self.take_direct(row, |value| value.as_i64_or_null()),
        }
    }

    pub(super) fn str(&mut self) -> Result<Cow<'a, str>, StoreError> {
        self.str_or_null().and_then(there)
    }

    pub(super) fn str_or_null(&mut self) -> Result<Option<Cow<'a, str>>, StoreError> {
        Ok(match self.row {
            Row::Orm(row) => self.take::<Option<String>>(row)?.map(Cow::Owned),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => self.take_from_driver::<Option<&str>>(row)?.map(Cow::Borrowed),
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => self.take_direct(row, |value| value.as_str_or_null())?.map(Cow::Borrowed),
        })
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.bytes_or_null().and_then(there)
    }

    pub(super) fn slice_or_null(&mut self) -> Result<Option<Cow<'a, [u8]>>, StoreError> {
        Ok(match self.row {
            Row::Orm(row) => self.take::<Option<Vec<u8>>>(row)?.map(Cow::Owned),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => self.take_from_driver::<Option<&[u8]>>(row)?.map(Cow::Borrowed),
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => self.take_direct(row, |value| value.as_blob_or_null())?.map(Cow::Borrowed),
        })
    }

    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        self.str().map(Cow::into_owned)
    }

    pub(super) fn text_or_null(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.str_or_null()?.map(Cow::into_owned))
    }

    pub(super) fn bytes_or_null(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.slice_or_null()?.map(Cow::into_owned))
    }

    pub(super) fn bool_or_null(&mut self) -> Result<Option<bool>, StoreError> {
        match self.row {
            Row::Orm(row) => self.take(row),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => self.take_from_driver(row),
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => {
                self.take_direct(row, |value| value.as_i64_or_null()).map(|number| number.map(|n| n != 0))
            }
        }
    }

    fn take<T: TryGetable>(&mut self, row: &QueryResult) -> Result<T, StoreError> {
        let value = T::try_get_by_index(row, self.next).map_err(|found| corrupt(DbErr::from(found)))?;
        self.next += 1;
        Ok(value)
    }

    #[cfg(feature = "postgres")]
    fn take_from_driver<T: Decode<'a, Postgres> + Type<Postgres>>(
        &mut self,
        row: &'a PgRow,
    ) -> Result<T, StoreError> {
        let value = row.try_get_unchecked(self.next).map_err(corrupt)?;
        self.next += 1;
        Ok(value)
    }

    #[cfg(feature = "sqlite")]
    fn take_direct<T>(
        &mut self,
        row: &'a rusqlite::Row<'a>,
        read: impl FnOnce(rusqlite::types::ValueRef<'a>) -> rusqlite::types::FromSqlResult<T>,
    ) -> Result<T, StoreError> {
        let value = read(row.get_ref(self.next).map_err(corrupt)?).map_err(corrupt)?;
        self.next += 1;
        Ok(value)
    }
}

/// The value of a column that always has one.
fn there<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| corrupt("no value where there must be one"))
}

fn corrupt(found: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::corrupt("a column", found)
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}
