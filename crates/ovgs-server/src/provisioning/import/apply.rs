//! The import itself: read, look up, decide, write, in batches.

use std::io::Read;

use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{ComponentId, OrgId, SerialNumber};

use super::{
    Notice,
    plan::{Planner, Shelf},
    row::Row,
    source::Rows,
};
use crate::provisioning::{Provisioning, ProvisioningError, turns};

/// Rows of one transaction.
const BATCH: usize = 2_000;

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
    /// [`NotFound::Org`](crate::service::NotFound::Org), or an [`ImportError`](super::ImportError); rows before it may
    /// have been taken, and are unchanged the next time.
    pub async fn import_components(
        &self,
        by: &Provisioner,
        input: impl Read + Send,
        options: &ImportOptions,
        notify: &mut (dyn FnMut(&Notice) + Send),
    ) -> Result<Tally, ProvisioningError> {
        self.org_exists(&options.org).await?;
        let mut rows = Rows::open(input)?;
        let (mut tally, mut remembered) = (Tally::default(), Shelf::default());
        loop {
            let batch = next_batch(&mut rows)?;
            if batch.is_empty() {
                return Ok(tally);
            }
            let (taken, notices) = match options.dry_run {
                true => self.plan(&batch, options, &mut remembered).await?,
                false => turns::until_uncontended(async || self.write(by, &batch, options).await).await?,
            };
            tally.add(taken);
            notices.iter().for_each(&mut *notify);
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
        let issuers = &self.settings.issuers;
        let mut planner = Planner { shelf, issuers, options, tally: Tally::default(), notices: Vec::new() };
        batch.iter().for_each(|row| planner.lay(row));
        Ok((planner.tally, planner.notices))
    }
}

fn next_batch<R: Read>(rows: &mut Rows<R>) -> Result<Vec<Result<Row, Notice>>, ProvisioningError> {
    let mut batch = Vec::new();
    while batch.len() < BATCH
        && let Some(raw) = rows.next()?
    {
        batch.push(raw.and_then(|raw| raw.parse()));
    }
    Ok(batch)
}
