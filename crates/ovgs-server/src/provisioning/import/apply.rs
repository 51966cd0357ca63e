//! The import itself: read, look up, decide, write, in batches.

use std::io::Read;

use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{ComponentId, OrgId, SerialNumber};

use super::{
    ImportError, Notice,
    plan::{Planner, Shelf},
    row::Row,
    source::Rows,
};
use crate::provisioning::{Provisioning, ProvisioningError, turns};

/// How many rows one transaction takes.
const BATCH: usize = 2_000;

/// Rows of one transaction, and why others are none.
type Batch = Vec<Result<Row, Notice>>;

/// How parts are imported.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Whose they become.
    pub org: OrgId,
    /// Whether facts that differ are changed; otherwise the row is refused.
    pub update: bool,
    /// Whether nothing is written. A dry run remembers what it would have written, so its memory grows with the file.
    pub dry_run: bool,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// New parts.
    pub added: u64,
    /// Parts with changed facts.
    pub updated: u64,
    /// Rows that said what was known.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub refused: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.added += other.added;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused += other.refused;
    }
}

impl Provisioning {
    /// Imports parts from CSV or JSON lines, read as they come, which blocks where the input does. Each notice is told
    /// once its row's transaction is done.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org), or an [`ImportError`] for the header;
    /// [`ProvisioningError::BrokenOff`] for whatever comes between the rows. Those before it have been taken, and are
    /// unchanged the next time.
    pub async fn import_components(
        &self,
        by: &Provisioner,
        input: impl Read + Send,
        options: &ImportOptions,
        notify: &mut (dyn FnMut(&Notice) + Send),
    ) -> Result<Tally, ProvisioningError> {
        self.org_exists(&options.org).await?;
        let mut rows = Rows::open(input)?;
        let mut tally = Tally::default();
        match self.import_rows(by, &mut rows, options, notify, &mut tally).await {
            Ok(()) => Ok(tally),
            Err(why) => Err(ProvisioningError::BrokenOff { tally, why: Box::new(why) }),
        }
    }

    async fn import_rows<R: Read + Send>(
        &self,
        by: &Provisioner,
        rows: &mut Rows<R>,
        options: &ImportOptions,
        notify: &mut (dyn FnMut(&Notice) + Send),
        tally: &mut Tally,
    ) -> Result<(), ProvisioningError> {
        let mut remembered = Shelf::default();
        loop {
            let (batch, end) = next_batch(rows);
            let (taken, notices) = match options.dry_run {
                true => self.plan(&batch, options, &mut remembered).await?,
                false => turns::until_uncontended(|| self.write(by, &batch, options)).await?,
            };
            tally.add(taken);
            notices.iter().for_each(&mut *notify);
            if let Some(end) = end {
                return Ok(end?);
            }
        }
    }

    async fn write(
        &self,
        by: &Provisioner,
        batch: &[Result<Row, Notice>],
        options: &ImportOptions,
    ) -> Result<(Tally, Vec<Notice>), ProvisioningError> {
        let mut shelf = Shelf::default();
        let planned = self.plan(batch, options, &mut shelf).await?;
        let (new, corrections) = shelf.writes();
        if !(new.is_empty() && corrections.is_empty()) {
            self.guarded.ingest(by.mandate(Task::ImportComponents), &new, &corrections).await?;
        }
        Ok(planned)
    }

    async fn plan(
        &self,
        batch: &[Result<Row, Notice>],
        options: &ImportOptions,
        shelf: &mut Shelf,
    ) -> Result<(Tally, Vec<Notice>), ProvisioningError> {
        let ids: Vec<ComponentId> = batch.iter().flatten().map(|row| row.id.clone()).collect();
        let serials: Vec<SerialNumber> = ids.iter().map(|id| id.serial_number.clone()).collect();
        let stored = self.guarded.components(&ids).await?;
        shelf.put(stored.into_iter().flatten(), self.guarded.namesakes(&serials).await?);
        let issuers = self.settings.issuers.current();
        let mut planner =
            Planner { shelf, issuers: &issuers, options, tally: Tally::default(), notices: Vec::new() };
        batch.iter().for_each(|row| planner.lay(row));
        Ok((planner.tally, planner.notices))
    }
}

/// The next rows, and how the input ended if it did: the rows before what cannot be read are as good as others.
fn next_batch<R: Read>(rows: &mut Rows<R>) -> (Batch, Option<Result<(), ImportError>>) {
    let mut batch = Batch::new();
    while batch.len() < BATCH {
        match rows.next() {
            Ok(Some(raw)) => batch.push(raw.and_then(|raw| raw.parse())),
            Ok(None) => return (batch, Some(Ok(()))),
            Err(error) => return (batch, Some(Err(error))),
        }
    }
    (batch, None)
}
