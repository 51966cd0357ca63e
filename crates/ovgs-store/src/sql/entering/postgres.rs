//! Entering many components into PostgreSQL, and what the journal says of them: one array for each column, in the transaction of
//! whoever enters them.

use std::sync::LazyLock;

use ovgs_domain::{Component, Event};
use sea_orm::{DatabaseTransaction, Value};

use super::{COLUMNS, Columns, columns};
use crate::{
    Stamp, StoreError,
    json::Json,
    sql::{dialect::Ledger, query, record, rows::micros},
};

/// How many components one statement enters: as many as an import has in a transaction.
const CHUNK: usize = 5000;

/// No text or key of a part is empty, so what is empty is missing.
static ENTER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO components ({COLUMNS})
         SELECT serial_number, ien, org_id, NULLIF(model, ''), NULLIF(mac_addr, ''), NULLIF(endorsement_key, ''),
            NULLIF(ek_certificate, ''), NULLIF(platform_primary_key, ''), NULLIF(idevid_issuer, '')
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[]) AS each ({COLUMNS})"
    )
});

/// As in every ledger, the lock is taken before the first position is given out.
static ADDED: LazyLock<String> = LazyLock::new(|| {
    let gate = Ledger::Events.lock();
    format!(
        "INSERT INTO events (at, author_org, author_name, author_type, org_id, ien, serial_number, event)
         SELECT $1::bigint, $2::text, $3::text, $4::bigint, org_id, ien, serial_number, event
         FROM (SELECT pg_advisory_xact_lock_shared({gate})) AS gate,
            UNNEST($5::text[], $6::text[], $7::text[], $8::text[])
            WITH ORDINALITY AS each (org_id, ien, serial_number, event, number)
         ORDER BY number"
    )
});

/// Enters components that are new.
pub(super) async fn enter(tx: &DatabaseTransaction, new: &[Component]) -> Result<(), StoreError> {
    for chunk in new.chunks(CHUNK) {
        let mut texts: [Vec<String>; 5] = Default::default();
        let mut blobs: [Vec<Vec<u8>>; 4] = Default::default();
        for Component { id, org, facts, .. } in chunk {
            let Columns { model, mac_addr, blobs: values } = columns(facts);
            let model = model.unwrap_or_default().to_owned();
            let id = [id.serial_number.to_string(), id.ien.to_string()];
            push(&mut texts, id.into_iter().chain([org.to_string(), model, mac_addr.unwrap_or_default()]));
            push(&mut blobs, values.map(|value| value.unwrap_or_default().to_vec()));
        }
        query::run(tx, &ENTER, texts.map(array).into_iter().chain(blobs.map(array))).await?;
    }
    Ok(())
}

/// Says in the journal that these were added.
pub(super) async fn record_added(
    tx: &DatabaseTransaction,
    stamp: &Stamp,
    added: &[Component],
) -> Result<(), StoreError> {
    for chunk in added.chunks(CHUNK) {
        let mut texts: [Vec<String>; 4] = Default::default();
        for Component { id, org, .. } in chunk {
            let event = Event::ComponentAdded { component: id.clone(), org: org.clone() }.to_json()?;
            push(&mut texts, [org.to_string(), id.ien.to_string(), id.serial_number.to_string(), event]);
        }
        let (org, name, user_type) = record::author(stamp);
        let author = [micros(stamp.at).into(), org.into(), name.into(), user_type.into()];
        query::run(tx, &ADDED, author.into_iter().chain(texts.map(Value::from))).await?;
    }
    Ok(())
}

/// One row more.
fn push<T>(columns: &mut [Vec<T>], row: impl IntoIterator<Item = T>) {
    columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
}

/// A column as a value. What an array lacks at its end UNNEST makes NULL, so a column with nothing in it need not travel.
fn array<T: Default + PartialEq>(mut column: Vec<T>) -> Value
where
    Value: From<Vec<T>>,
{
    let last = column.iter().rposition(|value| *value != T::default());
    column.truncate(last.map_or(0, |last| last + 1));
    column.into()
}
