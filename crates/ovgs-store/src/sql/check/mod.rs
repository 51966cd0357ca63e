//! Every invariant of a database, looked at in one reading transaction.
//!
//! Rows go through the same `parse` as ever; trees are put together and compared with what their changes lead to; the rest
//! are rules that one statement each can find violations of. Nothing is held in memory but a page of rows and the tree at
//! hand.

mod reading;
mod rules;
mod trees;

use std::{error::Error, fmt};

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};

use super::{
    RowCounts, SqlDatabase, backup::TABLES, dialect::Dialect, error, migrations, query, query::Fields,
};
use crate::StoreError;

/// Which kind of invariant was violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The database's own structures are sound.
    Structure,
    /// Every stored value goes through its `parse`.
    Value,
    /// What a row refers to is there.
    Reference,
    /// The groups, roles, delegations and certificates of an organization are one tree.
    Tree,
    /// The kept changes of a tree have no gap, and lead from its creation to what it is.
    History,
    /// A certificate's fingerprint is that of its bytes.
    Fingerprint,
    /// Times are in their order.
    Times,
    /// No two vouchers are the same.
    Unique,
    /// An event is filed under what it speaks of.
    Filing,
}

impl Rule {
    /// Its name, for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Structure => "structure",
            Rule::Value => "value",
            Rule::Reference => "reference",
            Rule::Tree => "tree",
            Rule::History => "history",
            Rule::Fingerprint => "fingerprint",
            Rule::Times => "times",
            Rule::Unique => "unique",
            Rule::Filing => "filing",
        }
    }
}

/// One violation of an invariant, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Of which kind.
    pub rule: Rule,
    /// What breaks it.
    pub what: String,
    /// How.
    pub why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// What a check came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many rows were looked at.
    pub rows: RowCounts,
    /// How many violations were told.
    pub violations: u64,
}

impl SqlDatabase {
    /// Looks whether every invariant holds over the whole database, at one moment, whoever writes meanwhile. Tells each
    /// violation as it is found, and goes on. Of one rule at most 1000 are told.
    ///
    /// # Errors
    /// [`StoreError`] if the database is out of reach or not at exactly the schema of this version.
    pub async fn check(&self, tell: &mut (dyn FnMut(Violation) + Send)) -> Result<Checked, StoreError> {
        look(&self.connections.readers, tell).await
    }
}

async fn look(
    db: &DatabaseConnection,
    tell: &mut (dyn FnMut(Violation) + Send),
) -> Result<Checked, StoreError> {
    let dialect = Dialect::of(db);
    let snapshot = db.begin_with_options(dialect.snapshot()).await.map_err(error::store)?;
    if let Some(sql) = dialect.patiently() {
        snapshot.execute_unprepared(sql).await.map_err(error::store)?;
    }
    migrations::exactly_ours(&snapshot).await?;
    let mut before = 0;
    if let Some(sql) = dialect.structures() {
        for row in query::all(&snapshot, sql, []).await? {
            let why = Fields::of(&row).text()?;
            if why != "ok" {
                before += 1;
                tell(Violation { rule: Rule::Structure, what: "the database file".into(), why });
            }
        }
    }
    let mut checked = invariants(&snapshot, tell).await?;
    checked.violations += before;
    snapshot.rollback().await.map_err(error::store)?;
    Ok(checked)
}

/// Looks at everything but the engine's own structures.
pub(super) async fn invariants(
    tx: &DatabaseTransaction,
    tell: &mut (dyn FnMut(Violation) + Send),
) -> Result<Checked, StoreError> {
    let mut checked = Checked::default();
    TABLES.iter().for_each(|table| checked.rows.add(table.name, 0));
    let mut check = Check { tx, tell, checked };
    check.trees().await?;
    check.histories_of_the_gone().await?;
    check.certificates().await?;
    check.components().await?;
    check.accounts().await?;
    check.vouchers().await?;
    check.events().await?;
    check.rules().await?;
    Ok(check.checked)
}

/// A check under way.
struct Check<'a> {
    tx: &'a DatabaseTransaction,
    tell: &'a mut (dyn FnMut(Violation) + Send),
    checked: Checked,
}

impl Check<'_> {
    fn violated(&mut self, rule: Rule, what: impl Into<String>, why: impl Into<String>) {
        self.checked.violations += 1;
        (self.tell)(Violation { rule, what: what.into(), why: why.into() });
    }

    fn counted(&mut self, table: &'static str, rows: usize) {
        self.checked.rows.add(table, rows as u64);
    }

    /// A row that was read; `None` and a violation if it holds what our own rules refuse.
    fn read<T>(&mut self, what: impl FnOnce() -> String, read: Result<T, StoreError>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.violated(Rule::Value, what(), reason(&error));
                None
            }
        }
    }
}

/// What cannot be read, and why.
fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Corrupt { what, source } => format!("{what} cannot be read: {source}"),
        other => other.source().map_or_else(|| other.to_string(), ToString::to_string),
    }
}
