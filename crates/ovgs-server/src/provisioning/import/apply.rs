//! The import itself: read, look up, decide, write, in batches.

use std::{collections::HashSet, io::Read};

use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{ComponentId, OrgId, SerialNumber};
use tokio::sync::mpsc::Receiver;

use super::{
    ImportListener, Notice,
    batches::{self, Batch},
    pipeline::{self, Pipeline},
    plan::{Plan, Planner, Shelf},
    row::Row,
    source::Rows,
};
use crate::provisioning::{Provisioning, ProvisioningError};

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
    /// Rows among the added and updated ones with cells that were converted to the form that is kept.
    pub converted: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Tally) {
        self.added += other.added;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.refused += other.refused;
        self.converted += other.converted;
    }
}

impl Provisioning {
    /// Imports parts from CSV or JSON lines, read as they come by a thread of its own. Each notice is told once its row's
    /// transaction is done. At the end the store's statistics are refreshed.
    ///
    /// # Errors
    /// [`NotFound::Org`](crate::service::NotFound::Org), or an [`ImportError`](super::ImportError) for the header;
    /// [`ProvisioningError::BrokenOff`] for whatever comes between the rows. Those before it have been taken, and are
    /// unchanged the next time.
    pub async fn import_components(
        &self,
        by: &Provisioner,
        input: impl Read + Send + 'static,
        options: &ImportOptions,
        listener: &mut dyn ImportListener,
    ) -> Result<Tally, ProvisioningError> {
        self.org_exists(&options.org).await?;
        let rows = Rows::open(input)?;
        listener.begin(rows.header());
        let mut tally = Tally::default();
        match self.import_rows(by, rows, options, listener, &mut tally).await {
            Ok(()) => Ok(tally),
            Err(why) => Err(ProvisioningError::BrokenOff { tally, why: Box::new(why) }),
        }
    }

    async fn import_rows<R: Read + Send + 'static>(
        &self,
        by: &Provisioner,
        rows: Rows<R>,
        options: &ImportOptions,
        listener: &mut dyn ImportListener,
        tally: &mut Tally,
    ) -> Result<(), ProvisioningError> {
        let mut batches = batches::start(rows, self.clock.clone())?;
        if options.dry_run {
            return self.rehearse(&mut batches, options, listener, tally).await;
        }
        let mut pipeline = Pipeline::new(self, by, options, tally);
        loop {
            let mut batch = batches::next(&mut batches).await;
            let end = batch.end.take();
            pipeline.take(batch, listener).await?;
            if let Some(end) = end {
                pipeline.finish(listener).await?;
                self.refresh_statistics(by, tally).await;
                return Ok(end?);
            }
        }
    }

    /// Decides about all rows and writes nothing.
    async fn rehearse(
        &self,
        batches: &mut Receiver<Batch>,
        options: &ImportOptions,
        listener: &mut dyn ImportListener,
        tally: &mut Tally,
    ) -> Result<(), ProvisioningError> {
        let mut remembered = Shelf::default();
        loop {
            let batch = batches::next(batches).await;
            let plan = self.plan(&batch.rows, options, remembered).await?;
            remembered = plan.shelf;
            tally.add(plan.tally);
            pipeline::tell(listener, &batch, &plan.notices);
            listener.progress(tally);
            if let Some(end) = batch.end {
                return Ok(end?);
            }
        }
    }

    /// Without fresh statistics reading may be slower, but nothing is wrong.
    async fn refresh_statistics(&self, by: &Provisioner, tally: &Tally) {
        if tally.added + tally.updated == 0 {
            return;
        }
        if let Err(error) = self.guarded.refresh_statistics(by.mandate(Task::ImportComponents)).await {
            tracing::warn!(%error, "the statistics could not be refreshed; the import itself is done");
        }
    }

    /// Looks a batch up, decides about it, and writes it.
    pub(super) async fn write(
        &self,
        by: &Provisioner,
        batch: &[Result<Row, Notice>],
        options: &ImportOptions,
    ) -> Result<Plan, ProvisioningError> {
        let plan = self.plan(batch, options, Shelf::default()).await?;
        let (new, corrections) = &plan.writes;
        if !(new.is_empty() && corrections.is_empty()) {
            self.guarded.ingest(by.mandate(Task::ImportComponents), new, corrections).await?;
        }
        Ok(plan)
    }

    /// Looks a batch up and decides about it.
    pub(super) async fn plan(
        &self,
        batch: &[Result<Row, Notice>],
        options: &ImportOptions,
        mut shelf: Shelf,
    ) -> Result<Plan, ProvisioningError> {
        let ids: Vec<&ComponentId> = batch.iter().flatten().map(|row| &row.id).collect();
        let serials: Vec<SerialNumber> = ids.iter().map(|id| id.serial_number.clone()).collect();
        let namesakes = self.guarded.namesakes(&serials).await?;
        // Every known part is its own namesake, so one question tells which of many new ones are not.
        let known: HashSet<&ComponentId> = namesakes.iter().map(|namesake| &namesake.id).collect();
        let known: Vec<ComponentId> = ids.into_iter().filter(|id| known.contains(id)).cloned().collect();
        let stored = self.guarded.components(&known).await?;
        shelf.put(stored.into_iter().flatten(), namesakes);
        let issuers = self.settings.issuers.current();
        let shelved = &mut shelf;
        let mut planner = Planner {
            shelf: shelved,
            issuers: &issuers,
            options,
            tally: Tally::default(),
            notices: Vec::new(),
        };
        batch.iter().for_each(|row| planner.lay(row));
        let (tally, notices) = (planner.tally, planner.notices);
        let writes = if options.dry_run { Default::default() } else { shelf.writes() };
        Ok(Plan { tally, notices, writes, shelf })
    }
}
