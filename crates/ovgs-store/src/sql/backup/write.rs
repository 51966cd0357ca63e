//! Writing a backup, in one reading transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    BackupError, RowCounts,
    format::{self, Footer, Header},
    tables::{Order, TABLES, Table},
};
use crate::{
    StoreError,
    sql::{
        dialect::Dialect,
        error, migrations,
        pages::Pages,
        query::{self, Fields},
    },
};

/// How much is gathered before it is written.
const CHUNK: usize = 64 * 1024;

pub(super) async fn backup(
    db: &DatabaseConnection,
    at: DateTime<Utc>,
    to: &mut (dyn AsyncWrite + Unpin + Send),
) -> Result<RowCounts, BackupError> {
    let dialect = Dialect::of(db);
    let snapshot = db.begin_with_options(dialect.snapshot()).await.map_err(error::store)?;
    if let Some(sql) = dialect.patiently() {
        snapshot.execute_unprepared(sql).await.map_err(error::store)?;
    }
    let schema = migrations::exactly_ours(&snapshot).await?;
    let mut lines = Lines { to, digest: Sha256::new(), waiting: Vec::with_capacity(CHUNK) };
    lines.line(&Header::new(schema, at, dialect)).await?;
    let mut counts = RowCounts::default();
    for table in &TABLES {
        let rows = match table.order {
            Order::Key(_) => by_key(&snapshot, table, &mut lines).await?,
            Order::Trees => by_tree(&snapshot, table, &mut lines).await?,
        };
        counts.add(table.name, rows);
    }
    snapshot.rollback().await.map_err(error::store)?;
    lines.end(&counts).await?;
    Ok(counts)
}

async fn by_key(
    db: &DatabaseTransaction,
    table: &'static Table,
    lines: &mut Lines<'_>,
) -> Result<u64, BackupError> {
    let mut pages = Pages::of(table.key(), &table.list(), table.name);
    let key = table.key().len();
    let mut count = 0;
    loop {
        let rows = pages.next(db).await?;
        if rows.is_empty() {
            return Ok(count);
        }
        for row in &rows {
            let row = table.row(&mut Fields::from(row, key))?;
            lines.row(table.name, row).await?;
            count += 1;
        }
    }
}

/// Groups refer to one another, so they come parents first, one organization after the other. Whoever serves an
/// organization holds all of its groups in memory as well.
async fn by_tree(
    db: &DatabaseTransaction,
    table: &'static Table,
    lines: &mut Lines<'_>,
) -> Result<u64, BackupError> {
    let next = format!("SELECT MIN(org_id) FROM {} WHERE org_id > $1", table.name);
    let tree = format!("SELECT {} FROM {} WHERE org_id = $1 ORDER BY id", table.list(), table.name);
    let mut count = 0;
    // No id is empty.
    let mut last = String::new();
    while let Some(org) = text(db, &next, &last).await? {
        let rows = query::all(db, &tree, [org.as_str().into()]).await?;
        let rows = rows.iter().map(|row| Fields::of(row).read(|row| table.row(row)));
        for row in parents_first(rows.collect::<Result<_, _>>()?) {
            lines.row(table.name, row).await?;
            count += 1;
        }
        last = org;
    }
    Ok(count)
}

async fn text(db: &DatabaseTransaction, sql: &str, value: &str) -> Result<Option<String>, StoreError> {
    let row = query::one(db, sql, [value.into()]).await?;
    Ok(row.map(|row| Fields::of(&row).text_or_null()).transpose()?.flatten())
}

/// Rows of `id, org_id, parent_id, …`. Those that hang on nothing come last: they are no tree, but they are there.
fn parents_first(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let column = |row: &[Value], index: usize| row.get(index).and_then(Value::as_str).map(str::to_owned);
    let mut below = BTreeMap::<Option<String>, Vec<Vec<Value>>>::new();
    for row in rows {
        below.entry(column(&row, 2)).or_default().push(row);
    }
    let mut ordered = below.remove(&None).unwrap_or_default();
    let mut next = 0;
    while let Some(parent) = ordered.get(next) {
        let children = below.remove(&column(parent, 0));
        ordered.extend(children.into_iter().flatten());
        next += 1;
    }
    ordered.extend(below.into_values().flatten());
    ordered
}

/// Lines on their way out, and the digest of those that are.
struct Lines<'a> {
    to: &'a mut (dyn AsyncWrite + Unpin + Send),
    digest: Sha256,
    waiting: Vec<u8>,
}

impl Lines<'_> {
    async fn row(&mut self, table: &str, mut row: Vec<Value>) -> Result<(), BackupError> {
        row.insert(0, table.into());
        self.line(&row).await
    }

    async fn line(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        // Nothing here has keys that are not text.
        serde_json::to_writer(&mut self.waiting, line).map_err(|error| BackupError::Write(error.into()))?;
        self.waiting.push(b'\n');
        if self.waiting.len() < CHUNK { Ok(()) } else { self.pass_on().await }
    }

    async fn pass_on(&mut self) -> Result<(), BackupError> {
        self.digest.update(&self.waiting);
        self.to.write_all(&self.waiting).await.map_err(BackupError::Write)?;
        self.waiting.clear();
        Ok(())
    }

    async fn end(mut self, counts: &RowCounts) -> Result<(), BackupError> {
        self.pass_on().await?;
        let rows = counts.iter().map(|(table, rows)| (table.to_owned(), rows)).collect();
        let sha256 = format::hexadecimal(std::mem::take(&mut self.digest));
        self.line(&Footer { rows, sha256 }).await?;
        self.pass_on().await?;
        self.to.flush().await.map_err(BackupError::Write)
    }
}
