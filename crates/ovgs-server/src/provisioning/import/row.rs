//! One row: an id, and what it says of the facts.

use chrono::{DateTime, SecondsFormat, Utc};
use ovgs_domain::{
    ComponentId, EkCertificate, EkPurpose, IdevidIssuer, Ien, Invalid, MacAddress, Model, PublicKey,
    SerialNumber,
};

use super::{
    Column, Notice,
    notice::ColumnName,
    tpm::{self, Conversion, Converted, Flaw},
};

/// A row as it was read: the text of each cell, for the columns it has.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawRow<'a> {
    pub(super) line: u64,
    pub(super) cells: Cells<'a>,
}

/// Texts by column.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cells<'a>([Option<&'a str>; Column::ALL.len()]);

/// A row whose values are good.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) id: ComponentId,
    pub(super) said: Said,
    /// What is to be told if it is taken.
    pub(super) remarks: Vec<Notice>,
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

impl<'a> Cells<'a> {
    pub(super) fn cell(&self, column: Column) -> Option<&'a str> {
        self.0.get(column as usize).copied().flatten()
    }

    /// Puts a text into its column; says whether there was one already.
    pub(super) fn put(&mut self, column: Column, text: &'a str) -> bool {
        self.0.get_mut(column as usize).is_some_and(|cell| cell.replace(text).is_some())
    }
}

impl RawRow<'_> {
    /// Reads the values.
    pub(super) fn parse(&self, now: DateTime<Utc>) -> Result<Row, Notice> {
        self.refuse_private_keys()?;
        let mut remarks = Vec::new();
        let ien = self.required(Column::Ien, Ien::parse)?;
        let serial_number = self.required(Column::SerialNumber, SerialNumber::parse)?;
        let said = Said {
            model: self.optional(Column::Model, |cell| Model::parse(cell).map_err(Flaw::from))?,
            mac_addr: self.optional(Column::MacAddr, |cell| MacAddress::parse(cell).map_err(Flaw::from))?,
            endorsement_key: self.converted(Column::EndorsementKey, tpm::public_key, &mut remarks)?,
            ek_certificate: self.converted(Column::EkCertificate, tpm::ek_certificate, &mut remarks)?,
            platform_primary_key: self.converted(
                Column::PlatformPrimaryKey,
                tpm::public_key,
                &mut remarks,
            )?,
            idevid_issuer: self.optional(Column::IdevidIssuer, |cell| match tpm::is_private_key(cell) {
                true => Err(Invalid::PrivateKey.into()),
                false => Ok(IdevidIssuer::parse(&tpm::other_bytes(cell)?)?),
            })?,
        };
        if let (Some(Some(_)), Some(Some(_))) = (&said.endorsement_key, &said.ek_certificate) {
            let reason = "stands beside an `endorsement_key`; leave one of the two empty";
            return Err(refused(self.line, Column::EkCertificate, reason));
        }
        let doubts = said.ek_certificate.iter().flatten().flat_map(|certificate| doubts(certificate, now));
        let doubtful = |what| Notice::Doubtful { line: self.line, column: Column::EkCertificate, what };
        remarks.extend(doubts.map(doubtful));
        Ok(Row { line: self.line, id: ComponentId { ien, serial_number }, said, remarks })
    }

    /// Columns may have been mixed up. Texts are shown where they are wrong, and kept where they are not; a private key
    /// must be neither.
    fn refuse_private_keys(&self) -> Result<(), Notice> {
        let texts = [Column::Ien, Column::SerialNumber, Column::Model, Column::MacAddr];
        let is_private = |column: &Column| self.cells.cell(*column).is_some_and(tpm::is_private_key);
        match texts.into_iter().find(is_private) {
            Some(column) => Err(refused(self.line, column, Invalid::PrivateKey.to_string())),
            None => Ok(()),
        }
    }

    fn required<T>(&self, column: Column, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<T, Notice> {
        let cell = self.cells.cell(column).unwrap_or_default();
        parse(cell).map_err(|invalid| refused(self.line, column, invalid.to_string()))
    }

    fn optional<T>(
        &self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, Flaw>,
    ) -> Result<Option<Option<T>>, Notice> {
        match self.cells.cell(column) {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(cell) => match parse(cell) {
                Ok(value) => Ok(Some(Some(value))),
                Err(flaw) => Err(refused(self.line, column, flaw.to_string())),
            },
        }
    }

    fn converted<T>(
        &self,
        column: Column,
        read: impl FnOnce(&str) -> Result<Converted<T>, Flaw>,
        remarks: &mut Vec<Notice>,
    ) -> Result<Option<Option<T>>, Notice> {
        self.optional(column, |cell| {
            let (value, conversions) = read(cell)?;
            if !conversions.is_empty() {
                let how: Vec<String> = conversions.iter().map(Conversion::to_string).collect();
                remarks.push(Notice::Converted { line: self.line, column, how: how.join(", ") });
            }
            Ok(value)
        })
    }
}

/// What is odd about an EK certificate and is in so many devices that it is no reason to refuse it.
fn doubts(certificate: &EkCertificate, now: DateTime<Utc>) -> Vec<String> {
    let purpose = match certificate.purpose() {
        EkPurpose::Endorsement => None,
        EkPurpose::Platform => Some("is for the platform (EKU 2.23.133.8.2), not for an endorsement key"),
        EkPurpose::Attestation => {
            Some("is for an attestation key (EKU 2.23.133.8.3), not for an endorsement key")
        }
        EkPurpose::Other => Some("is by its extended key usage not for an endorsement key"),
    };
    let expired = certificate.not_after().filter(|not_after| *not_after < now);
    let expired = expired.map(|at| format!("expired at {}", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
    purpose.map(str::to_owned).into_iter().chain(expired).collect()
}
