//! What a backup holds, said once: every table with its columns, in an order in which nothing is restored before what it
//! refers to.
//!
//! A migration that adds a column adds it here (a test compares this with the schema of both engines). Backups that were
//! made before it lack the column; their rows get its default, as the rows that were in the database did.

use base64::{Engine, prelude::BASE64_STANDARD};
use sea_orm::Value as Bound;
use serde_json::Value;

use crate::{
    StoreError,
    sql::{
        dialect::{Dialect, Ledger},
        entering::hex,
        query::Fields,
    },
};

/// What stands in a column, whatever the engine calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sql) enum Kind {
    Text,
    Int,
    Bool,
    /// In a backup as base64.
    Bytes,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::sql) struct Column {
    pub(in crate::sql) name: &'static str,
    pub(in crate::sql) kind: Kind,
}

/// In which order the rows of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// By its key, which is the columns with these indexes.
    Key(&'static [usize]),
    /// One tree after the other, and in each what hangs on something after that.
    Trees,
}

#[derive(Debug)]
pub(in crate::sql) struct Table {
    pub(in crate::sql) name: &'static str,
    pub(in crate::sql) columns: &'static [Column],
    pub(super) order: Order,
    /// Which part of the journal it is, if it is one.
    pub(super) ledger: Option<Ledger>,
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

const fn table(name: &'static str, order: Order, columns: &'static [Column]) -> Table {
    Table { name, columns, order, ledger: None }
}

const fn ledger(ledger: Ledger, name: &'static str, columns: &'static [Column]) -> Table {
    Table { name, columns, order: Order::Key(&[0]), ledger: Some(ledger) }
}

pub(in crate::sql) static TABLES: [Table; 10] = [
    table("orgs", Order::Key(&[0]), &[text("id"), int("revision")]),
    table("groups", Order::Trees, &[text("id"), text("org_id"), text("parent_id"), text("description")]),
    table(
        "members",
        Order::Key(&[0, 1, 2, 3, 4]),
        &[
            text("org_id"),
            text("group_id"),
            text("user_org"),
            text("username"),
            int("user_type"),
            text("role"),
        ],
    ),
    table(
        "delegations",
        Order::Key(&[0, 1, 2]),
        &[text("org_id"), text("group_id"), text("delegate"), text("delegate_org")],
    ),
    table(
        "certs",
        Order::Key(&[0]),
        &[
            text("id"),
            text("org_id"),
            text("group_id"),
            bytes("fingerprint"),
            Column { name: "revocation_checks", kind: Kind::Bool },
            int("expiry_time"),
            int("not_after"),
            bytes("der"),
        ],
    ),
    table(
        "components",
        Order::Key(&[0, 1]),
        &[
            text("serial_number"),
            text("ien"),
            text("org_id"),
            text("group_id"),
            text("model"),
            text("mac_addr"),
            bytes("endorsement_key"),
            bytes("ek_certificate"),
            bytes("platform_primary_key"),
            bytes("idevid_issuer"),
        ],
    ),
    table("users", Order::Key(&[0, 1, 2]), &[text("org_id"), text("username"), int("user_type")]),
    table(
        "tokens",
        Order::Key(&[0]),
        &[
            text("jti"),
            text("org_id"),
            text("username"),
            int("user_type"),
            int("issued_at"),
            int("expires_at"),
            int("revoked_at"),
            int("last_used_at"),
        ],
    ),
    ledger(
        Ledger::Vouchers,
        "vouchers",
        &[
            int("position"),
            int("at"),
            text("caller_org"),
            text("caller_name"),
            int("caller_type"),
            text("request_id"),
            text("org_id"),
            text("ien"),
            text("serial_number"),
            text("cert_id"),
            bytes("pinned_cert"),
            bytes("content"),
            bytes("voucher"),
            int("created_on"),
            int("expires_on"),
            text("issuer"),
            bytes("signer_cert"),
        ],
    ),
    ledger(
        Ledger::Events,
        "events",
        &[
            int("position"),
            int("at"),
            text("author_org"),
            text("author_name"),
            int("author_type"),
            text("org_id"),
            text("to_org_id"),
            int("revision"),
            text("user_org"),
            text("username"),
            int("user_type"),
            text("ien"),
            text("serial_number"),
            text("event"),
        ],
    ),
];

impl Table {
    pub(in crate::sql) fn named(name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// All columns, as a statement lists them.
    pub(super) fn list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    /// The columns of its key.
    pub(super) fn key(&self) -> Vec<Column> {
        match self.order {
            Order::Key(key) => key.iter().filter_map(|index| self.columns.get(*index)).copied().collect(),
            Order::Trees => self.columns.first().copied().into_iter().collect(),
        }
    }

    /// Reads a row of [`list`](Table::list).
    pub(super) fn row(&self, row: &mut Fields<'_>) -> Result<Vec<Value>, StoreError> {
        self.columns.iter().map(|column| column.kind.read(row)).collect()
    }
}

impl Kind {
    /// Reads a column as a backup shows it.
    fn read(self, row: &mut Fields<'_>) -> Result<Value, StoreError> {
        Ok(match self {
            Kind::Text => row.text_or_null()?.into(),
            Kind::Int => row.int_or_null()?.into(),
            Kind::Bool => row.bool_or_null()?.into(),
            Kind::Bytes => row.bytes_or_null()?.map(|bytes| BASE64_STANDARD.encode(bytes)).into(),
        })
    }

    /// Reads a column by which rows are ordered, as a value to bind.
    pub(in crate::sql) fn bound(self, row: &mut Fields<'_>) -> Result<Bound, StoreError> {
        Ok(match self {
            Kind::Int => row.int()?.into(),
            _ => row.text()?.into(),
        })
    }

    /// A value of a backup in the form in which [`stored`](Kind::stored) takes it; `None` if it is not of this kind.
    pub(super) fn taken(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (_, Value::Null) => Some(Value::Null),
            // No engine keeps this character in a text.
            (Kind::Text, Value::String(text)) => (!text.contains('\0')).then(|| value.clone()),
            (Kind::Int, Value::Number(number)) => number.as_i64().map(Value::from),
            (Kind::Bool, Value::Bool(_)) => Some(value.clone()),
            (Kind::Bytes, Value::String(text)) => {
                BASE64_STANDARD.decode(text).ok().map(|bytes| Value::from(hex(&bytes)))
            }
            _ => None,
        }
    }

    /// The column `index` of a row of [`Dialect::each`].
    pub(super) fn stored(self, dialect: Dialect, index: usize) -> String {
        match self {
            Kind::Text => dialect.text(index),
            Kind::Int => dialect.int(index),
            Kind::Bool => dialect.bool(index),
            Kind::Bytes => dialect.bytes(index),
        }
    }
}
