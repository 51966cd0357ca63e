//! Entering many components at once, and what the journal says of them.

#[cfg(feature = "postgres")]
mod postgres;

use ovgs_domain::{Component, ComponentId, Endorsement, Event, Facts};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::{
    dialect::{Dialect, Wording},
    query, record,
};
use crate::{Stamp, StoreError};

/// How many new components one statement enters as JSON.
const CHUNK: usize = 1000;

/// Columns of a new component.
pub(super) const COLUMNS: &str =
    "serial_number, ien, org_id, model, mac_addr, endorsement_key, ek_certificate,
    platform_primary_key, idevid_issuer";

static ENTER: Wording = Wording::new(|dialect| {
    let texts = (0..5).map(|index| dialect.text(index));
    let items: Vec<String> = texts.chain((5..9).map(|index| dialect.bytes(index))).collect();
    let (items, each) = (items.join(", "), dialect.each());
    format!("INSERT INTO components ({COLUMNS}) SELECT {items} FROM {each} ORDER BY each.key")
});

/// Enters components that are new.
pub(super) async fn components(tx: &DatabaseTransaction, new: &[Component]) -> Result<(), StoreError> {
    #[cfg(feature = "postgres")]
    if Dialect::of(tx) == Dialect::Postgres {
        return postgres::enter(tx, new).await;
    }
    for chunk in new.chunks(CHUNK) {
        let rows: Vec<serde_json::Value> = chunk.iter().map(row).collect();
        query::run(tx, ENTER.of(Dialect::of(tx)), [json!(rows).to_string().into()]).await?;
    }
    Ok(())
}

/// Says in the journal that these components were added.
pub(super) async fn events(
    tx: &DatabaseTransaction,
    stamp: &Stamp,
    added: &[Component],
) -> Result<(), StoreError> {
    #[cfg(feature = "postgres")]
    if Dialect::of(tx) == Dialect::Postgres {
        return postgres::record_added(tx, stamp, added).await;
    }
    for chunk in added.chunks(CHUNK) {
        let added = chunk.iter().map(|component| Event::ComponentAdded {
            component: component.id.clone(),
            org: component.org.clone(),
        });
        record::events(tx, stamp, added).await?;
    }
    Ok(())
}

fn row(component: &Component) -> serde_json::Value {
    let ComponentId { ien, serial_number } = &component.id;
    let Columns { model, mac_addr, blobs } = columns(&component.facts);
    let [key, certificate, platform, issuer] = blobs.map(|bytes| bytes.map(hex));
    let (serial_number, ien) = (serial_number.as_str(), ien.to_string());
    let org = component.org.as_str();
    json!([serial_number, ien, org, model, mac_addr, key, certificate, platform, issuer])
}

/// Facts as columns.
pub(super) struct Columns<'a> {
    pub(super) model: Option<&'a str>,
    pub(super) mac_addr: Option<String>,
    /// Endorsement key, EK certificate, platform primary key, IDevID issuer.
    pub(super) blobs: [Option<&'a [u8]>; 4],
}

pub(super) fn columns(facts: &Facts) -> Columns<'_> {
    let (key, certificate) = match &facts.endorsement {
        None => (None, None),
        Some(Endorsement::Key(key)) => (Some(key.der()), None),
        Some(Endorsement::Certificate(certificate)) => (None, Some(certificate.der())),
    };
    let platform = facts.platform_primary_key.as_ref().map(|key| key.der());
    let issuer = facts.idevid_issuer.as_ref().map(|issuer| issuer.der());
    Columns {
        model: facts.model.as_ref().map(|model| model.as_str()),
        mac_addr: facts.mac_addr.map(|mac| mac.to_string()),
        blobs: [key, certificate, platform, issuer],
    }
}

/// Bytes as they travel in JSON.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}
