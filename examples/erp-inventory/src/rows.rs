//! From the ERP's rows to values, each through the `parse` that a caller's would go through.

use std::error::Error;

use ovgs_domain::{
    Component, ComponentId, EkCertificate, Endorsement, Facts, GroupId, IdevidIssuer, Ien, MacAddress, Model,
    OrgId, PublicKey, SerialNumber, commands::Namesake,
};
use ovgs_store::StoreError;
use sqlx::{Row, sqlite::SqliteRow};

/// A statement that reads parts, in the order in which [`part`] reads them.
macro_rules! parts {
    ($($rest:literal)*) => {
        concat!(
            "SELECT d.brand, d.serial, c.ovgs_org, p.group_id, d.article, d.mac, d.tpm_key, d.tpm_certificate, \
             d.tpm_primary_key, d.idevid_issuer \
             FROM deliveries d \
             JOIN customers c ON c.number = d.customer AND c.ovgs_org IS NOT NULL \
             LEFT JOIN ovgs_placements p ON p.serial = d.serial AND p.brand = d.brand ",
            $($rest),*
        )
    };
}
pub(crate) use parts;

/// What the database says, for the layers above: whether it makes sense to try again.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            StoreError::Unavailable(error.into())
        }
        // SQLITE_BUSY: somebody else writes for too long.
        sqlx::Error::Database(ref inner) if inner.code().as_deref() == Some("5") => {
            StoreError::Unavailable(error.into())
        }
        sqlx::Error::ColumnDecode { ref index, .. } => StoreError::corrupt(format!("column {index}"), error),
        _ => StoreError::Failed(error.into()),
    }
}

fn corrupt<E: Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::corrupt(what, error)
}

/// Reads what [`parts!`] selects.
pub(crate) fn part(row: &SqliteRow) -> Result<Component, StoreError> {
    let org: String = row.try_get("ovgs_org").map_err(failed)?;
    let group: Option<String> = row.try_get("group_id").map_err(failed)?;
    Ok(Component {
        id: id(row)?,
        org: OrgId::parse(&org).map_err(corrupt("an organization's id"))?,
        group: group.map(|id| GroupId::parse(&id)).transpose().map_err(corrupt("a group's id"))?,
        facts: facts(row)?,
    })
}

pub(crate) fn namesake(row: &SqliteRow) -> Result<Namesake, StoreError> {
    Ok(Namesake { id: id(row)?, idevid_issuer: idevid_issuer(row)? })
}

fn id(row: &SqliteRow) -> Result<ComponentId, StoreError> {
    let brand: i64 = row.try_get("brand").map_err(failed)?;
    let serial: String = row.try_get("serial").map_err(failed)?;
    Ok(ComponentId {
        ien: Ien::parse(&brand.to_string()).map_err(corrupt("an enterprise number"))?,
        serial_number: SerialNumber::parse(&serial).map_err(corrupt("a serial number"))?,
    })
}

fn facts(row: &SqliteRow) -> Result<Facts, StoreError> {
    let text = |column| row.try_get::<Option<String>, _>(column).map_err(failed);
    let bytes = |column| row.try_get::<Option<Vec<u8>>, _>(column).map_err(failed);
    let key = |der: Vec<u8>| PublicKey::parse(&der).map_err(corrupt("a public key"));
    let certificate = |der: Vec<u8>| EkCertificate::parse(&der).map_err(corrupt("an EK certificate"));
    let endorsement = match (bytes("tpm_key")?, bytes("tpm_certificate")?) {
        (_, Some(der)) => Some(Endorsement::Certificate(certificate(der)?)),
        (Some(der), None) => Some(Endorsement::Key(key(der)?)),
        (None, None) => None,
    };
    Ok(Facts {
        model: text("article")?.map(|text| Model::parse(&text)).transpose().map_err(corrupt("a model"))?,
        mac_addr: text("mac")?
            .map(|text| MacAddress::parse(&text))
            .transpose()
            .map_err(corrupt("a MAC address"))?,
        endorsement,
        platform_primary_key: bytes("tpm_primary_key")?.map(key).transpose()?,
        idevid_issuer: idevid_issuer(row)?,
    })
}

fn idevid_issuer(row: &SqliteRow) -> Result<Option<IdevidIssuer>, StoreError> {
    let der: Option<Vec<u8>> = row.try_get("idevid_issuer").map_err(failed)?;
    der.map(|der| IdevidIssuer::parse(&der)).transpose().map_err(corrupt("an IDevID issuer"))
}
