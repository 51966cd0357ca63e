//! Batches on their way into the store: while one is being written, the next one is looked up and decided about.

use ovgs_authz::{Provisioner, Task};
use ovgs_store::StoreError;
use tokio::task::JoinHandle;

use super::{
    ImportListener, ImportOptions, Notice, Tally,
    batches::Batch,
    plan::{Plan, Shelf},
};
use crate::provisioning::{Provisioning, ProvisioningError, turns};

/// Takes batches in their order.
#[derive(Debug)]
pub(super) struct Pipeline<'a> {
    pub(super) provisioning: &'a Provisioning,
    pub(super) by: &'a Provisioner,
    pub(super) options: &'a ImportOptions,
    pub(super) tally: &'a mut Tally,
    /// The batch that is being written.
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    batch: Batch,
    plan: Plan,
    outcome: JoinHandle<Result<(), StoreError>>,
}

/// A batch whose transaction is done.
#[derive(Debug)]
struct Done {
    batch: Batch,
    tally: Tally,
    notices: Vec<Notice>,
    /// Whether what was written is what was planned at first.
    as_planned: bool,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(
        provisioning: &'a Provisioning,
        by: &'a Provisioner,
        options: &'a ImportOptions,
        tally: &'a mut Tally,
    ) -> Pipeline<'a> {
        Pipeline { provisioning, by, options, tally, writing: None }
    }

    /// Begins to write a batch, once the one before is done, of which the listener is told.
    pub(super) async fn take(
        &mut self,
        batch: Batch,
        listener: &mut dyn ImportListener,
    ) -> Result<(), ProvisioningError> {
        // The store may or may not show what is being written, so it is taken to be there.
        let written = self.writing.as_ref().map(|writing| &writing.plan.shelf);
        let shelf = Shelf::after(written, &batch.rows);
        let planned = self.provisioning.plan(&batch.rows, self.options, shelf).await;
        let done = self.done().await?;
        let planned = match &done {
            Some(Done { as_planned: false, .. }) => {
                self.provisioning.plan(&batch.rows, self.options, Shelf::default()).await
            }
            _ => planned,
        };
        let begun = planned.map(|plan| self.begin(batch, plan));
        // Only now, so that the store has something to do meanwhile.
        self.tell(done, listener);
        begun
    }

    /// Waits for the last batch.
    pub(super) async fn finish(
        &mut self,
        listener: &mut dyn ImportListener,
    ) -> Result<(), ProvisioningError> {
        let done = self.done().await?;
        self.tell(done, listener);
        Ok(())
    }

    fn begin(&mut self, batch: Batch, mut plan: Plan) {
        let (new, corrections) = std::mem::take(&mut plan.writes);
        let mandate = self.by.mandate(Task::ImportComponents);
        let guarded = self.provisioning.guarded.clone();
        // A task of its own, since deciding takes as much of a processor as handing over what is to be written.
        let outcome = tokio::spawn(async move {
            match new.is_empty() && corrections.is_empty() {
                true => Ok(()),
                false => guarded.ingest(mandate, &new, &corrections).await,
            }
        });
        self.writing = Some(Writing { batch, plan, outcome });
    }

    /// The batch that is being written, once it is durable. Where others wrote first, it is decided about anew.
    async fn done(&mut self) -> Result<Option<Done>, ProvisioningError> {
        let Some(Writing { batch, plan, outcome }) = self.writing.take() else { return Ok(None) };
        let outcome = outcome.await.map_err(|lost| StoreError::Unavailable(lost.into()))?;
        let (plan, as_planned) = match outcome.map_err(ProvisioningError::from) {
            Ok(()) => (plan, true),
            Err(ProvisioningError::Contended) => {
                drop(plan);
                let write = async || self.provisioning.write(self.by, &batch.rows, self.options).await;
                (turns::until_uncontended(write).await?, false)
            }
            Err(error) => return Err(error),
        };
        Ok(Some(Done { batch, tally: plan.tally, notices: plan.notices, as_planned }))
    }

    fn tell(&mut self, done: Option<Done>, listener: &mut dyn ImportListener) {
        if let Some(Done { batch, tally, notices, as_planned: _ }) = done {
            self.tally.add(tally);
            tell(listener, &batch, &notices);
            listener.progress(self.tally);
        }
    }
}

/// Tells what is to be said of a batch's rows.
pub(super) fn tell(listener: &mut dyn ImportListener, batch: &Batch, notices: &[Notice]) {
    for notice in notices {
        listener.notice(notice);
        if let Notice::Refused { line, .. } = notice {
            listener.refused(batch.text(*line));
        }
    }
}
