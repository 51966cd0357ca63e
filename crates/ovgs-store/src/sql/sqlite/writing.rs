//! Statements that write, each value a bind of its own.

use std::sync::LazyLock;

use ovgs_domain::{Component, ComponentId, Event, GroupId, IssuedVoucher};
use rusqlite::{
    Connection, params, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use serde_json::Value;

use super::numbered;
use crate::{
    Correction, Placement, Stamp, StoreError,
    sql::{
        entering::{self, Columns},
        error::direct,
        inventory::{self, exactly_one},
        query, queue, record,
        rows::{micros, type_number},
    },
};

/// How many components one statement enters. From one row to the next it stays where it is in table and indexes, whereas each
/// statement begins at their roots.
const TOGETHER: usize = 50;

static ENTER: LazyLock<String> = LazyLock::new(|| enter_rows(1));
static ENTER_TOGETHER: LazyLock<String> = LazyLock::new(|| enter_rows(TOGETHER));

static APPEND: LazyLock<String> = LazyLock::new(|| {
    let columns = queue::COLUMNS;
    format!(
        "INSERT INTO vouchers ({columns})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    )
});

static RECORD: LazyLock<String> = LazyLock::new(|| {
    let columns = record::COLUMNS;
    format!("INSERT INTO events ({columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")
});

/// The events of the components entered last, the last `?5` of them. A new row gets the position after the greatest, so
/// they are in the order in which they were entered.
///
/// Invariant: `event` is what [`Json`](crate::json::Json) makes of it.
const ADDED: &str = r#"INSERT INTO events (at, author_org, author_name, author_type, org_id, ien, serial_number, event)
    SELECT ?1, ?2, ?3, ?4, c.org_id, c.ien, c.serial_number,
        '{"event":"component_added","component":{"ien":"' || c.ien || '","serial_number":' || json_quote(c.serial_number)
            || '},"org":' || json_quote(c.org_id) || '}'
    FROM components c WHERE c.rowid > (SELECT MAX(rowid) FROM components) - ?5 ORDER BY c.rowid"#;

static PLACE: LazyLock<String> = LazyLock::new(|| numbered(inventory::PLACE));
static CORRECT: LazyLock<String> = LazyLock::new(|| numbered(inventory::CORRECT));

pub(super) fn place(db: &Connection, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
    let Placement { component, org, from, to } = placement.clone();
    let ien = component.ien.to_string();
    let group = |group: &Option<GroupId>| group.as_ref().map(GroupId::to_string);
    let (serial, owner) = (component.serial_number.as_str(), org.as_str());
    exactly_one(run(db, &PLACE, params![serial, ien, owner, group(&from), group(&to)])?)?;
    event(db, stamp, &Event::ComponentPlaced { component, org, from, to })
}

pub(super) fn ingest(
    db: &Connection,
    new: &[Component],
    corrections: &[Correction],
    stamp: &Stamp,
) -> Result<(), StoreError> {
    let (together, rest) = new.as_chunks::<TOGETHER>();
    for some in together {
        run(db, &ENTER_TOGETHER, params_from_iter(some.iter().flat_map(values)))?;
    }
    for component in rest {
        run(db, &ENTER, params_from_iter(values(component)))?;
    }
    for Correction { component, org, facts } in corrections {
        let Columns { model, mac_addr, blobs: [key, certificate, platform, issuer] } =
            entering::columns(facts);
        let (serial, ien, org) = (component.serial_number.as_str(), component.ien.to_string(), org.as_str());
        let values = params![serial, ien, org, model, mac_addr, key, certificate, platform, issuer];
        exactly_one(run(db, &CORRECT, values)?)?;
    }
    let (org, name, user_type) = record::author(stamp);
    run(db, ADDED, params![micros(stamp.at), org, name, user_type, query::limit(new.len())])?;
    corrections.iter().try_for_each(|Correction { component, org, .. }| {
        event(db, stamp, &Event::ComponentUpdated { component: component.clone(), org: org.clone() })
    })
}

/// A statement that enters so many components.
fn enter_rows(rows: usize) -> String {
    let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO components ({}) VALUES {rows}", entering::COLUMNS)
}

/// A component, in the order of its columns.
fn values(component: &Component) -> [ToSqlOutput<'_>; 9] {
    let ComponentId { ien, serial_number } = &component.id;
    let Columns { model, mac_addr, blobs: [key, certificate, platform, issuer] } =
        entering::columns(&component.facts);
    let null = || ToSqlOutput::Borrowed(ValueRef::Null);
    let bytes = |bytes: Option<_>| ToSqlOutput::Borrowed(bytes.map_or(ValueRef::Null, ValueRef::Blob));
    [
        serial_number.as_str().into(),
        ien.to_string().into(),
        component.org.as_str().into(),
        model.map_or_else(null, ToSqlOutput::from),
        mac_addr.map_or_else(null, ToSqlOutput::from),
        bytes(key),
        bytes(certificate),
        bytes(platform),
        bytes(issuer),
    ]
}

pub(super) fn append(db: &Connection, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
    let mut append = db.prepare_cached(&APPEND).map_err(direct)?;
    for voucher in vouchers {
        append
            .execute(params![
                micros(voucher.at),
                voucher.caller.org.as_str(),
                voucher.caller.username.as_str(),
                type_number(voucher.caller.user_type),
                voucher.request_id.as_str(),
                voucher.org.as_str(),
                voucher.component.ien.to_string(),
                voucher.component.serial_number.as_str(),
                voucher.cert.as_str(),
                voucher.pinned_cert.as_bytes(),
                voucher.content.as_bytes(),
                voucher.voucher.as_bytes(),
                micros(voucher.created_on),
                voucher.expires_on.map(micros),
                voucher.issuer,
                voucher.signer_cert.as_bytes(),
            ])
            .map_err(direct)?;
    }
    Ok(())
}

fn event(db: &Connection, stamp: &Stamp, event: &Event) -> Result<(), StoreError> {
    let row = record::row(stamp, event, None)?;
    let values = row.iter().map(|value| match value {
        Value::String(text) => ValueRef::Text(text.as_bytes()),
        other => other.as_i64().map_or(ValueRef::Null, ValueRef::Integer),
    });
    run(db, &RECORD, params_from_iter(values.map(ToSqlOutput::Borrowed))).map(drop)
}

/// Runs a statement; says how many rows it touched.
fn run(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<u64, StoreError> {
    let touched = db.prepare_cached(sql).map_err(direct)?.execute(values).map_err(direct)?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}
