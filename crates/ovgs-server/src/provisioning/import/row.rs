//! One row: an id, and what it says of the facts.

use std::collections::BTreeMap;

use base64::{DecodeError, Engine, engine::general_purpose::STANDARD};
use ovgs_domain::{
    ComponentId, EkCertificate, Excerpt, IdevidIssuer, Ien, Invalid, MacAddress, Model, PublicKey,
    SerialNumber,
};

use super::{Column, Notice, notice::ColumnName};

/// A row as it was read: the columns it has, with the text of each cell.
#[derive(Clone, Debug)]
pub(super) struct RawRow {
    pub(super) line: u64,
    pub(super) cells: BTreeMap<Column, String>,
}

/// A row whose values are good.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) id: ComponentId,
    pub(super) said: Said,
}

/// What a row says of the facts: outside, whether the column is there at all; inside, whether the cell has a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) model: Option<Option<Model>>,
    pub(super) mac_addr: Option<Option<MacAddress>>,
    pub(super) endorsement_key: Option<Option<PublicKey>>,
    pub(super) ek_certificate: Option<Option<EkCertificate>>,
    pub(super) platform_primary_key: Option<Option<PublicKey>>,
    pub(super) idevid_issuer: Option<Option<IdevidIssuer>>,
}

/// Says why a row is not taken.
pub(super) fn refused(line: u64, column: impl Into<ColumnName>, reason: impl Into<String>) -> Notice {
    Notice::Refused { line, column: column.into(), reason: reason.into() }
}

impl RawRow {
    /// Reads the values.
    pub(super) fn parse(&self) -> Result<Row, Notice> {
        let ien = self.required(Column::Ien, Ien::parse)?;
        let serial_number = self.required(Column::SerialNumber, SerialNumber::parse)?;
        let said = Said {
            model: self.optional(Column::Model, Model::parse)?,
            mac_addr: self.optional(Column::MacAddr, MacAddress::parse)?,
            endorsement_key: self.binary(Column::EndorsementKey, PublicKey::parse)?,
            ek_certificate: self.binary(Column::EkCertificate, EkCertificate::parse)?,
            platform_primary_key: self.binary(Column::PlatformPrimaryKey, PublicKey::parse)?,
            idevid_issuer: self.binary(Column::IdevidIssuer, IdevidIssuer::parse)?,
        };
        if let (Some(Some(_)), Some(Some(_))) = (&said.endorsement_key, &said.ek_certificate) {
            let reason = "stands beside an `endorsement_key`; leave one of the two empty";
            return Err(refused(self.line, Column::EkCertificate, reason));
        }
        Ok(Row { line: self.line, id: ComponentId { ien, serial_number }, said })
    }

    fn required<T>(&self, column: Column, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<T, Notice> {
        let cell = self.cells.get(&column).map_or("", String::as_str);
        parse(cell).map_err(|invalid| refused(self.line, column, invalid.to_string()))
    }

    fn optional<T>(
        &self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Result<Option<Option<T>>, Notice> {
        match self.cells.get(&column).map(String::as_str) {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(cell) => match parse(cell) {
                Ok(value) => Ok(Some(Some(value))),
                Err(invalid) => Err(refused(self.line, column, invalid.to_string())),
            },
        }
    }

    fn binary<T>(
        &self,
        column: Column,
        parse: impl Fn(&[u8]) -> Result<T, Invalid>,
    ) -> Result<Option<Option<T>>, Notice> {
        let Some(cell) = self.cells.get(&column) else { return Ok(None) };
        let bytes = STANDARD.decode(cell).map_err(|error| {
            let reason = match error {
                DecodeError::InvalidLastSymbol(..) => {
                    "is base64 whose last character has bits of no byte; encode it anew"
                }
                _ => "is not base64 with padding on one line",
            };
            refused(self.line, column, format!("`{}` {reason}", Excerpt::of(cell)))
        })?;
        self.optional(column, |_| parse(&bytes))
    }
}
