//! Parts as they are printed.

use std::fmt;

use ovgs_domain::Component;
use serde::Serialize;

use crate::{
    cli::output::field,
    provisioning::{Column, FactTexts, PartDetails},
};

/// A part, its facts named as the columns of an import.
#[derive(Debug, Serialize)]
pub(super) struct RowRecord {
    ien: String,
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac_addr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endorsement_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ek_certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_primary_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idevid_issuer: Option<String>,
}

impl From<&Component> for RowRecord {
    fn from(component: &Component) -> RowRecord {
        let facts = FactTexts::of(&component.facts);
        RowRecord {
            ien: component.id.ien.to_string(),
            serial_number: component.id.serial_number.to_string(),
            model: facts.model,
            mac_addr: facts.mac_addr,
            endorsement_key: facts.endorsement_key,
            ek_certificate: facts.ek_certificate,
            platform_primary_key: facts.platform_primary_key,
            idevid_issuer: facts.idevid_issuer,
        }
    }
}

impl RowRecord {
    /// The text of one column.
    pub(super) fn cell(&self, column: Column) -> Option<&str> {
        match column {
            Column::Ien => Some(&self.ien),
            Column::SerialNumber => Some(&self.serial_number),
            Column::Model => self.model.as_deref(),
            Column::MacAddr => self.mac_addr.as_deref(),
            Column::EndorsementKey => self.endorsement_key.as_deref(),
            Column::EkCertificate => self.ek_certificate.as_deref(),
            Column::PlatformPrimaryKey => self.platform_primary_key.as_deref(),
            Column::IdevidIssuer => self.idevid_issuer.as_deref(),
        }
    }
}

/// A part with its owner and groups.
#[derive(Debug, Serialize)]
pub(super) struct PartRecord {
    #[serde(flatten)]
    row: RowRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
    org_id: String,
    group_ids: Vec<String>,
}

impl From<PartDetails> for PartRecord {
    fn from(part: PartDetails) -> PartRecord {
        PartRecord {
            row: RowRecord::from(&part.component),
            manufacturer: part.manufacturer,
            org_id: part.component.org.to_string(),
            group_ids: part.component.group_ids().iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for PartRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ien: {}", self.row.ien)?;
        field(f, "manufacturer", self.manufacturer.as_ref())?;
        field(f, "serial_number", Some(&self.row.serial_number))?;
        field(f, "org_id", Some(&self.org_id))?;
        self.group_ids.iter().try_for_each(|group| field(f, "group_id", Some(group)))?;
        Column::FACTS.into_iter().try_for_each(|column| field(f, column.as_str(), self.row.cell(column)))
    }
}
