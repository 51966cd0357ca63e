//! Statements that read. What goes together is one row's: a batch is as many seeks, in one snapshot.

use std::sync::LazyLock;

use ovgs_domain::{Component, ComponentId};
use rusqlite::{Connection, params};

use super::numbered;
use crate::{
    Located, StoreError, Within,
    sql::{
        error::direct,
        listing,
        locate::{Found, located},
        query::{self, Fields},
        rows,
    },
};

/// One seek by serial number brings a component and its namesakes; the join brings the owner's revision.
pub(in crate::sql) static LOCATE: LazyLock<String> = LazyLock::new(|| {
    let columns = rows::COMPONENT;
    format!(
        "SELECT o.revision, {columns} FROM components c CROSS JOIN orgs o
         WHERE c.serial_number = ?1 AND o.id = c.org_id"
    )
});

pub(in crate::sql) static BY_ID: LazyLock<String> = LazyLock::new(|| {
    let columns = rows::COMPONENT;
    format!("SELECT {columns} FROM components c WHERE c.serial_number = ?1 AND c.ien = ?2")
});

pub(super) fn locate(db: &Connection, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
    let _snapshot = snapshot(db, ids.len())?;
    let mut statement = db.prepare_cached(&LOCATE).map_err(direct)?;
    let mut locate = |id: &ComponentId| {
        let mut rows = statement.query([id.serial_number.as_str()]).map_err(direct)?;
        let mut found = Found::default();
        while let Some(row) = rows.next().map_err(direct)? {
            found.take(id, &mut Fields::of_sqlite(row))?;
        }
        Ok(located(found))
    };
    ids.iter().map(&mut locate).collect()
}

pub(super) fn components(db: &Connection, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
    let _snapshot = snapshot(db, ids.len())?;
    let mut statement = db.prepare_cached(&BY_ID).map_err(direct)?;
    let mut read = |id: &ComponentId| {
        let ien = id.ien.to_string();
        let mut rows = statement.query([id.serial_number.as_str(), &ien]).map_err(direct)?;
        let row = rows.next().map_err(direct)?;
        row.map(|row| Fields::of_sqlite(row).read(rows::component)).transpose()
    };
    ids.iter().map(&mut read).collect()
}

/// One manufacturer after the other, as in the statements for all engines.
pub(super) fn page(
    db: &Connection,
    within: &Within,
    after: Option<&ComponentId>,
    limit: usize,
) -> Result<Vec<Component>, StoreError> {
    let _snapshot = snapshot(db, limit)?;
    let mut statement = db.prepare_cached(&numbered(&listing::page_sql(within))).map_err(direct)?;
    let mut page = Vec::with_capacity(limit.min(listing::PAGE));
    let mut start = match after {
        Some(id) => Some((id.ien.to_string(), id.serial_number.to_string())),
        None => next_ien(db, within, "")?.map(|first| (first, String::new())),
    };
    let (org, group) = (within.org.as_str(), within.group.as_ref().map(|group| group.as_str()));
    while let Some((ien, serial)) = start {
        let rest = query::limit(limit - page.len());
        let mut rows = match group {
            None => statement.query(params![ien, serial, rest, org]),
            Some(group) => statement.query(params![ien, serial, rest, org, group]),
        }
        .map_err(direct)?;
        let mut listed = rows::Listed::of(&within.org, &ien)?;
        while let Some(row) = rows.next().map_err(direct)? {
            page.push(listed.read(&mut Fields::of_sqlite(row))?);
        }
        start = match page.len() < limit {
            true => next_ien(db, within, &ien)?.map(|next| (next, String::new())),
            false => None,
        };
    }
    Ok(page)
}

/// The first manufacturer after `ien` of which there is a component here.
fn next_ien(db: &Connection, within: &Within, ien: &str) -> Result<Option<String>, StoreError> {
    let mut statement = db.prepare_cached(&numbered(&listing::next_ien_sql(within))).map_err(direct)?;
    let org = within.org.as_str();
    let mut rows = match &within.group {
        None => statement.query([ien, org]),
        Some(group) => statement.query([ien, org, group.as_str()]),
    }
    .map_err(direct)?;
    let row = rows.next().map_err(direct)?;
    row.map(|row| Fields::of_sqlite(row).text()).transpose()
}

/// What several statements read is of one state; a single one needs nothing for that, nor does one within a snapshot.
pub(super) fn snapshot(
    db: &Connection,
    statements: usize,
) -> Result<Option<rusqlite::Transaction<'_>>, StoreError> {
    (statements > 1 && db.is_autocommit()).then(|| db.unchecked_transaction()).transpose().map_err(direct)
}
