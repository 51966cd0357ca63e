//! The lines of a backup: the first one says what it is, each further one is a row, and the last one proves that it is all
//! there.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use ovgs_domain::Fingerprint;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BackupError, BackupOrigin, tables::TABLES};
use crate::sql::{dialect::Dialect, migrations::Schema};

/// The format that is written here, and the newest one that is read.
const FORMAT: u64 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    ovgs_backup: u64,
    pub(super) schema: i64,
    pub(super) migration: String,
    time: String,
    engine: String,
    pub(super) tables: Vec<TableHeader>,
}

/// Which columns the rows of a table have.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableHeader {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Footer {
    pub(super) rows: BTreeMap<String, u64>,
    /// Of all lines before this one, in hexadecimal.
    pub(super) sha256: String,
}

impl Header {
    pub(super) fn new(schema: Schema, time: DateTime<Utc>, engine: Dialect) -> Header {
        let columns = |columns: &[super::Column]| columns.iter().map(|column| column.name.into()).collect();
        let tables = TABLES.iter();
        Header {
            ovgs_backup: FORMAT,
            schema: schema.number,
            migration: schema.name,
            time: time.to_rfc3339_opts(SecondsFormat::Micros, true),
            engine: engine.name().into(),
            tables: tables
                .map(|table| TableHeader { table: table.name.into(), columns: columns(table.columns) })
                .collect(),
        }
    }

    /// Reads the first line.
    pub(super) fn read(line: &[u8]) -> Result<Header, BackupError> {
        let value = serde_json::from_slice::<Value>(line).map_err(|_| BackupError::NotABackup)?;
        match value.get("ovgs_backup").and_then(Value::as_u64) {
            None => Err(BackupError::NotABackup),
            Some(found) if found > FORMAT => Err(BackupError::NewerFormat { found, known: FORMAT }),
            Some(_) => serde_json::from_value(value)
                .map_err(|error| BackupError::Damaged { line: 1, why: error.to_string() }),
        }
    }

    pub(super) fn origin(&self) -> Result<BackupOrigin, BackupError> {
        let unreadable = |_| BackupError::Damaged { line: 1, why: "its `time` is none".into() };
        let at = DateTime::parse_from_rfc3339(&self.time).map_err(unreadable)?.with_timezone(&Utc);
        Ok(BackupOrigin { at, engine: self.engine.clone(), schema: self.migration.clone() })
    }
}

/// The digest of a stream, as the last line writes it.
pub(super) fn hexadecimal(digest: Sha256) -> String {
    Fingerprint::from_bytes(digest.finalize().into()).to_string()
}
