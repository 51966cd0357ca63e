//! Parts as programs hand them over: batch by batch, each row with what came of it.

use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{
    ComponentId, EkCertificate, IdevidIssuer, Ien, Invalid, MacAddress, Model, PublicKey, SerialNumber,
};
use ovgs_store::Correction;

use super::{
    Column, ImportOptions, Notice, Tally,
    notice::ColumnName,
    plan::{Planner, Shelf},
    row::{Row, Said, refused},
};
use crate::provisioning::{Provisioning, ProvisioningError, turns};

/// A part as a program hands it over, its values not yet looked at. A fact that is `None` is neither compared nor
/// changed, one that is empty means that there is no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns, binary ones as DER")]
pub struct PartRow {
    pub ien: String,
    pub serial_number: String,
    pub model: Option<String>,
    pub mac_addr: Option<String>,
    pub endorsement_key: Option<Vec<u8>>,
    pub ek_certificate: Option<Vec<u8>>,
    pub platform_primary_key: Option<Vec<u8>>,
    pub idevid_issuer: Option<Vec<u8>>,
}

/// What came of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new part was entered.
    Added,
    /// Facts of a known part were changed.
    Updated,
    /// It said what was known.
    Unchanged,
    /// It was not taken.
    Refused,
}

/// What came of a batch of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchReport {
    /// The first row of the batch, counting from 0 over the whole import.
    pub first_row: u64,
    /// What came of each row.
    pub outcomes: Vec<Outcome>,
    /// What is to be said of single rows; their lines count from 1 over the whole import.
    pub notices: Vec<Notice>,
}

/// What a correction leads to besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    /// The part that cannot be told apart from this one any more, so that neither gets vouchers.
    pub ambiguous_with: Option<ComponentId>,
}

/// An import by a program, under way.
#[derive(Debug)]
pub struct PartImport {
    provisioning: Provisioning,
    by: Provisioner,
    options: ImportOptions,
    /// What a dry run would have written.
    remembered: Shelf,
    next_row: u64,
}

impl Provisioning {
    /// Begins an import by a program.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org).
    pub async fn begin_import(
        &self,
        by: &Provisioner,
        options: ImportOptions,
    ) -> Result<PartImport, ProvisioningError> {
        self.org_exists(&options.org).await?;
        let (provisioning, by, remembered) = (self.clone(), by.clone(), Shelf::default());
        Ok(PartImport { provisioning, by, options, remembered, next_row: 0 })
    }

    /// What is to be written so that the facts of a part become those of the row, if anything.
    pub(in crate::provisioning) async fn planned_correction(
        &self,
        row: &PartRow,
        options: &ImportOptions,
    ) -> Result<(Option<Correction>, Corrected), ProvisioningError> {
        let batch = [row.parse(1)];
        let mut shelf = Shelf::default();
        let (_, notices) = self.lay_all(&batch, options, &mut shelf).await?;
        let mut corrected = Corrected::default();
        for notice in notices {
            match notice {
                Notice::Refused { line: _, column, reason } => {
                    return Err(ProvisioningError::BadFact { column, reason });
                }
                Notice::Ambiguous { line: _, component: _, other } => corrected.ambiguous_with = Some(other),
                // Rows of programs have no remarks.
                Notice::Converted { .. } | Notice::Doubtful { .. } => {}
            }
        }
        Ok((shelf.writes().1.pop(), corrected))
    }

    async fn lay_all(
        &self,
        batch: &[Result<Row, Notice>],
        options: &ImportOptions,
        shelf: &mut Shelf,
    ) -> Result<(Vec<Outcome>, Vec<Notice>), ProvisioningError> {
        let ids: Vec<ComponentId> = batch.iter().flatten().map(|row| row.id.clone()).collect();
        let serials: Vec<SerialNumber> = ids.iter().map(|id| id.serial_number.clone()).collect();
        let stored = self.guarded.components(&ids).await?;
        shelf.put(stored.into_iter().flatten(), self.guarded.namesakes(&serials).await?);
        let issuers = self.settings.issuers.current();
        let mut planner =
            Planner { shelf, issuers: &issuers, options, tally: Tally::default(), notices: Vec::new() };
        let outcomes = batch.iter().map(|row| {
            let before = planner.tally;
            planner.lay(row);
            Outcome::between(before, planner.tally)
        });
        let outcomes = outcomes.collect();
        Ok((outcomes, planner.notices))
    }
}

impl Outcome {
    /// What was counted last.
    fn between(before: Tally, after: Tally) -> Outcome {
        match (before, after) {
            _ if after.added > before.added => Outcome::Added,
            _ if after.updated > before.updated => Outcome::Updated,
            _ if after.unchanged > before.unchanged => Outcome::Unchanged,
            _ => Outcome::Refused,
        }
    }
}

impl PartImport {
    /// The most rows of one batch: as many as one transaction takes.
    pub const MAX_BATCH: usize = 2_000;

    /// Takes a batch, in one transaction. It is durable when this returns.
    ///
    /// # Errors
    /// [`ProvisioningError::Contended`] or [`ProvisioningError::Store`]; then nothing of the batch was taken, unless its
    /// outcome could not be learned, and it can be sent again.
    pub async fn take(&mut self, rows: &[PartRow]) -> Result<BatchReport, ProvisioningError> {
        let first_row = self.next_row;
        let batch: Vec<Result<Row, Notice>> =
            rows.iter().zip(first_row + 1..).map(|(row, line)| row.parse(line)).collect();
        let (outcomes, notices) = match self.options.dry_run {
            true => self.provisioning.lay_all(&batch, &self.options, &mut self.remembered).await?,
            false => turns::until_uncontended(|| self.write(&batch)).await?,
        };
        self.next_row += rows.len() as u64;
        Ok(BatchReport { first_row, outcomes, notices })
    }

    async fn write(
        &self,
        batch: &[Result<Row, Notice>],
    ) -> Result<(Vec<Outcome>, Vec<Notice>), ProvisioningError> {
        let mut shelf = Shelf::default();
        let laid = self.provisioning.lay_all(batch, &self.options, &mut shelf).await?;
        let (new, corrections) = shelf.writes();
        if !(new.is_empty() && corrections.is_empty()) {
            let mandate = self.by.mandate(Task::ImportComponents);
            self.provisioning.guarded.ingest(mandate, &new, &corrections).await?;
        }
        Ok(laid)
    }
}

impl PartRow {
    /// Which part it is about.
    ///
    /// # Errors
    /// [`ProvisioningError::BadFact`] if that is no part's id.
    pub fn id(&self) -> Result<ComponentId, ProvisioningError> {
        let bad = |column: Column| {
            move |invalid: Invalid| ProvisioningError::BadFact {
                column: ColumnName::from(column),
                reason: invalid.to_string(),
            }
        };
        Ok(ComponentId {
            ien: Ien::parse(&self.ien).map_err(bad(Column::Ien))?,
            serial_number: SerialNumber::parse(&self.serial_number).map_err(bad(Column::SerialNumber))?,
        })
    }

    fn parse(&self, line: u64) -> Result<Row, Notice> {
        let at = |column: Column| move |invalid: Invalid| refused(line, column, invalid.to_string());
        let ien = Ien::parse(&self.ien).map_err(at(Column::Ien))?;
        let serial_number = SerialNumber::parse(&self.serial_number).map_err(at(Column::SerialNumber))?;
        let (endorsement_key, ek_certificate) =
            (self.endorsement_key.as_deref(), self.ek_certificate.as_deref());
        let (primary, issuer) = (self.platform_primary_key.as_deref(), self.idevid_issuer.as_deref());
        let said = Said {
            model: text(self.model.as_deref(), Model::parse).map_err(at(Column::Model))?,
            mac_addr: text(self.mac_addr.as_deref(), MacAddress::parse).map_err(at(Column::MacAddr))?,
            endorsement_key: binary(endorsement_key, PublicKey::parse).map_err(at(Column::EndorsementKey))?,
            ek_certificate: binary(ek_certificate, EkCertificate::parse)
                .map_err(at(Column::EkCertificate))?,
            platform_primary_key: binary(primary, PublicKey::parse)
                .map_err(at(Column::PlatformPrimaryKey))?,
            idevid_issuer: binary(issuer, IdevidIssuer::parse).map_err(at(Column::IdevidIssuer))?,
        };
        if let (Some(Some(_)), Some(Some(_))) = (&said.endorsement_key, &said.ek_certificate) {
            let reason = "stands beside an `endorsement_key`; leave one of the two empty";
            return Err(refused(line, Column::EkCertificate, reason));
        }
        Ok(Row { line, id: ComponentId { ien, serial_number }, said, remarks: Vec::new() })
    }
}

fn text<T>(
    value: Option<&str>,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<Option<T>>, Invalid> {
    match value {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(value) => parse(value).map(Some).map(Some),
    }
}

/// Strict: at an API, what is a key in some other form is a mistake.
fn binary<T>(
    value: Option<&[u8]>,
    parse: impl Fn(&[u8]) -> Result<T, Invalid>,
) -> Result<Option<Option<T>>, Invalid> {
    match value {
        None => Ok(None),
        Some([]) => Ok(Some(None)),
        Some(value) => parse(value).map(Some).map(Some),
    }
}
