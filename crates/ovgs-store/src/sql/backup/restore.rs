//! Taking a backup in. Everything happens in one transaction, which ends well only if the backup is whole and what it holds
//! is sound: so nothing that breaks off half-way, for whatever reason, leaves a database that looks restored.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::{
    BackupError, BackupOrigin, RowCounts,
    format::{self, Footer, Header},
    tables::{Column, TABLES, Table},
};
use crate::{
    StoreError, Violation,
    sql::{check, dialect::Dialect, error, migrations, query},
};

/// No row of ours is a tenth as long.
const LONGEST_LINE: u64 = 1024 * 1024;
/// How many rows, and how many octets of them, one statement enters.
const BATCH: usize = 500;
const BATCH_OCTETS: usize = 1024 * 1024;

pub(super) async fn restore(
    db: &DatabaseConnection,
    from: &mut (dyn AsyncBufRead + Unpin + Send),
) -> Result<(BackupOrigin, RowCounts), BackupError> {
    let mut lines = Lines { from, digest: Sha256::new(), line: Vec::new(), number: 0 };
    if !lines.next().await? {
        return Err(BackupError::NotABackup);
    }
    let header = Header::read(&lines.line)?;
    let origin = header.origin()?;
    lines.count_in();
    let newest = migrations::newest();
    if header.schema > newest.number {
        return Err(BackupError::NewerSchema { found: header.migration, known: newest.name });
    }
    let dialect = Dialect::of(db);
    let tx = db.begin_with_options(dialect.writing()).await.map_err(error::store)?;
    migrations::exactly_ours(&tx).await?;
    if let Some(sql) = dialect.alone(TABLES.iter().map(|table| table.name)) {
        tx.execute_unprepared(&sql).await.map_err(error::store)?;
    }
    must_be_empty(&tx).await?;
    let layouts = header.tables.iter().map(|table| Layout::of(&table.table, &table.columns, dialect));
    let layouts = layouts.collect::<Result<Vec<_>, _>>()?;
    let counts = Rows { tx: &tx, layouts, present: 0, batch: Vec::new(), octets: 0, counts: start() };
    let counts = counts.take_all(&mut lines).await?;
    for ledger in TABLES.iter().filter_map(|table| table.ledger) {
        if let Some(sql) = dialect.continued(ledger) {
            tx.execute_unprepared(&sql).await.map_err(error::store)?;
        }
    }
    must_be_sound(&tx).await?;
    tx.commit().await.map_err(error::outcome_unknown)?;
    Ok((origin, counts))
}

fn start() -> RowCounts {
    let mut counts = RowCounts::default();
    TABLES.iter().for_each(|table| counts.add(table.name, 0));
    counts
}

async fn must_be_empty(tx: &DatabaseTransaction) -> Result<(), BackupError> {
    let mut filled = Vec::new();
    for table in &TABLES {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if query::one(tx, &sql, []).await?.is_some() {
            filled.push(format!("`{}`", table.name));
        }
    }
    match filled.is_empty() {
        true => Ok(()),
        false => Err(BackupError::NotEmpty { tables: filled.join(", ") }),
    }
}

async fn must_be_sound(tx: &DatabaseTransaction) -> Result<(), BackupError> {
    let mut first = None;
    let mut keep = |violation: Violation| {
        first.get_or_insert(violation);
    };
    let count = check::invariants(tx, &mut keep).await?.violations;
    match first {
        None => Ok(()),
        Some(first) => Err(BackupError::Unsound { count, first: Box::new(first) }),
    }
}

/// The columns of a table in a backup, and the statement that enters its rows.
struct Layout {
    table: &'static Table,
    columns: Vec<Column>,
    insert: String,
}

impl Layout {
    fn of(name: &str, columns: &[String], dialect: Dialect) -> Result<Layout, BackupError> {
        let unknown = |what: String| BackupError::Damaged { line: 1, why: format!("it has {what}") };
        let table = Table::named(name).ok_or_else(|| unknown("a table that is unknown here".into()))?;
        let known = |name: &String| {
            let found = table.columns.iter().find(|column| column.name == name).copied();
            found.ok_or_else(|| unknown(format!("a column in `{}` that is unknown here", table.name)))
        };
        let columns = columns.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let items = columns.iter().enumerate().map(|(index, column)| column.kind.stored(dialect, index));
        let insert = format!(
            "INSERT INTO {} ({}){} SELECT {} FROM {} ORDER BY each.key",
            table.name,
            names.join(", "),
            dialect.given_positions(),
            items.collect::<Vec<_>>().join(", "),
            dialect.each()
        );
        Ok(Layout { table, columns, insert })
    }
}

/// Rows on their way into the database.
struct Rows<'a> {
    tx: &'a DatabaseTransaction,
    layouts: Vec<Layout>,
    /// The table whose rows are coming in.
    present: usize,
    batch: Vec<Value>,
    octets: usize,
    counts: RowCounts,
}

impl Rows<'_> {
    async fn take_all(mut self, lines: &mut Lines<'_>) -> Result<RowCounts, BackupError> {
        while lines.next().await? {
            if lines.line.first() == Some(&b'{') {
                self.enter(lines).await?;
                self.must_agree(lines).await?;
                return Ok(self.counts);
            }
            self.take(lines).await?;
            lines.count_in();
        }
        Err(lines.cut_off())
    }

    async fn take(&mut self, lines: &Lines<'_>) -> Result<(), BackupError> {
        let unreadable = |_| lines.damaged("it is no row");
        let row = serde_json::from_slice::<Vec<Value>>(&lines.line).map_err(unreadable)?;
        let (name, values) = row.split_first().ok_or_else(|| lines.damaged("it is no row"))?;
        let is_of = |layout: &Layout| name.as_str() == Some(layout.table.name);
        let place = self.layouts.iter().skip(self.present).position(is_of);
        match place {
            None => return Err(lines.damaged("it is of no table that may follow here")),
            Some(0) => {}
            Some(ahead) => {
                self.enter(lines).await?;
                self.present += ahead;
            }
        }
        let Some(layout) = self.layouts.get(self.present) else { return Err(lines.cut_off()) };
        if values.len() != layout.columns.len() {
            let counted = format!("it has {} values for {} columns", values.len(), layout.columns.len());
            return Err(lines.damaged(counted));
        }
        let taken = layout.columns.iter().zip(values).map(|(column, value)| {
            let wrong = || lines.damaged(format!("`{}` is not what it should be", column.name));
            column.kind.taken(value).ok_or_else(wrong)
        });
        self.batch.push(Value::Array(taken.collect::<Result<_, _>>()?));
        self.counts.add(layout.table.name, 1);
        self.octets += lines.line.len();
        let is_full = self.batch.len() >= BATCH || self.octets >= BATCH_OCTETS;
        if is_full { self.enter(lines).await } else { Ok(()) }
    }

    async fn enter(&mut self, lines: &Lines<'_>) -> Result<(), BackupError> {
        self.octets = 0;
        let rows = std::mem::take(&mut self.batch);
        let Some(layout) = self.layouts.get(self.present).filter(|_| !rows.is_empty()) else {
            return Ok(());
        };
        let entered = query::run(self.tx, &layout.insert, [Value::Array(rows).to_string().into()]).await;
        match entered {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict) => {
                let why = "up to here it breaks the rules of the database: rows are missing, or there twice";
                Err(lines.damaged(why))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Holds the last line against what came before it.
    async fn must_agree(&self, lines: &mut Lines<'_>) -> Result<(), BackupError> {
        let footer = match serde_json::from_slice::<Footer>(&lines.line) {
            Ok(footer) => footer,
            Err(_) if lines.line.ends_with(b"\n") => return Err(lines.damaged("it is no row")),
            Err(_) => return Err(lines.cut_off()),
        };
        let counted = |table: &str| footer.rows.get(table).copied().unwrap_or_default();
        if let Some((table, rows)) = self.counts.iter().find(|(table, rows)| counted(table) != *rows) {
            let told = counted(table);
            return Err(lines.damaged(format!("it counts {told} rows of `{table}`, and there are {rows}")));
        }
        if footer.sha256 != format::hexadecimal(lines.digest.clone()) {
            return Err(lines.damaged("the lines before it are not those that were written"));
        }
        match lines.next().await? {
            true => Err(lines.damaged("there is more after the end")),
            false => Ok(()),
        }
    }
}

/// Lines on their way in, and the digest of those that count.
struct Lines<'a> {
    from: &'a mut (dyn AsyncBufRead + Unpin + Send),
    digest: Sha256,
    line: Vec<u8>,
    number: u64,
}

impl Lines<'_> {
    /// Reads the next line; `false` if there is none.
    async fn next(&mut self) -> Result<bool, BackupError> {
        self.line.clear();
        let read = (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut self.line).await;
        let read = read.map_err(BackupError::Read)?;
        self.number += 1;
        let is_whole = self.line.ends_with(b"\n");
        match self.line.first() {
            _ if read as u64 >= LONGEST_LINE && !is_whole && self.number > 1 => {
                Err(self.damaged("it is too long"))
            }
            // The last line needs no end.
            Some(first) if !is_whole && *first != b'{' && self.number > 1 => Err(self.cut_off()),
            _ => Ok(read > 0),
        }
    }

    fn count_in(&mut self) {
        self.digest.update(&self.line);
    }

    fn damaged(&self, why: impl Into<String>) -> BackupError {
        BackupError::Damaged { line: self.number, why: why.into() }
    }

    fn cut_off(&self) -> BackupError {
        BackupError::CutOff { lines: self.number - 1 }
    }
}
