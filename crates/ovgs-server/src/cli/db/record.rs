//! What the commands say of a database.

use std::fmt;

use ovgs_store::{Checked, DatabaseStatus, RowCounts, Violation};
use serde::Serialize;

/// A database at a glance.
#[derive(Debug, Serialize)]
pub(super) struct StatusRecord {
    engine: &'static str,
    place: String,
    schema: Option<String>,
    pending: Vec<&'static str>,
    size_bytes: u64,
    rows: Counts,
}

impl From<DatabaseStatus> for StatusRecord {
    fn from(status: DatabaseStatus) -> StatusRecord {
        let DatabaseStatus { engine, place, schema, pending, rows, octets } = status;
        StatusRecord { engine, place, schema, pending, size_bytes: octets, rows: rows.into() }
    }
}

impl fmt::Display for StatusRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "engine: {}", self.engine)?;
        writeln!(f, "place: {}", self.place)?;
        writeln!(f, "schema: {}", self.schema.as_deref().unwrap_or("none"))?;
        match self.pending.is_empty() {
            true => writeln!(f, "pending: none")?,
            false => writeln!(f, "pending: {}", self.pending.join(", "))?,
        }
        for (table, rows) in &self.rows.0 {
            writeln!(f, "{table}: {rows}")?;
        }
        write!(f, "size: {} bytes", self.size_bytes)
    }
}

/// Rows by table, shown in the order of the tables.
#[derive(Debug)]
pub(super) struct Counts(Vec<(&'static str, u64)>);

impl From<RowCounts> for Counts {
    fn from(rows: RowCounts) -> Counts {
        Counts(rows.iter().collect())
    }
}

impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
        f.write_str(&shown.join(", "))
    }
}

/// One violation.
#[derive(Debug, Serialize)]
pub(super) struct ViolationRecord {
    rule: &'static str,
    what: String,
    why: String,
}

impl From<Violation> for ViolationRecord {
    fn from(violation: Violation) -> ViolationRecord {
        let Violation { rule, what, why } = violation;
        ViolationRecord { rule: rule.as_str(), what, why }
    }
}

impl fmt::Display for ViolationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// What a check came to.
#[derive(Debug, Serialize)]
pub(super) struct CheckedRecord {
    violations: u64,
    rows: Counts,
}

impl From<Checked> for CheckedRecord {
    fn from(checked: Checked) -> CheckedRecord {
        CheckedRecord { violations: checked.violations, rows: checked.rows.into() }
    }
}

impl fmt::Display for CheckedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.violations {
            0 => write!(f, "sound: {}", self.rows),
            1 => write!(f, "1 violation in {}", self.rows),
            many => write!(f, "{many} violations in {}", self.rows),
        }
    }
}

/// What was restored.
#[derive(Debug, Serialize)]
pub(super) struct RestoredRecord {
    pub(super) time: String,
    pub(super) engine: String,
    pub(super) schema: String,
    pub(super) rows: Counts,
}

impl fmt::Display for RestoredRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "restored {}; backed up {} from {}", self.rows, self.time, self.engine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_order() {
        let counts = Counts(vec![("orgs", 1), ("groups", 0)]);
        assert_eq!(serde_json::to_string(&counts).expect("JSON"), r#"{"orgs":1,"groups":0}"#);
        assert_eq!(counts.to_string(), "1 orgs, 0 groups");
    }
}
