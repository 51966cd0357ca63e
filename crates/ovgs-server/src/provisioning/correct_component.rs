use ovgs_authz::{Provisioner, Task};

use super::{
    Effect, PartRow, Provisioning, ProvisioningError,
    import::{Corrected, ImportOptions},
    turns,
};
use crate::service::NotFound;

impl Provisioning {
    /// Corrects facts of a part that is known: those that the row has are laid over those there are.
    ///
    /// # Errors
    /// [`ProvisioningError::BadFact`] for a value or combination that cannot be; [`NotFound::Component`].
    pub async fn correct_component(
        &self,
        by: &Provisioner,
        row: &PartRow,
    ) -> Result<(Effect, Corrected), ProvisioningError> {
        let id = row.id()?;
        turns::until_uncontended(|| async {
            let org = match self.show_component(&id).await {
                Err(ProvisioningError::NotFound(_)) => return Err(NotFound::Component(id.clone()).into()),
                shown => shown?.component.org,
            };
            let options = ImportOptions { org, update: true, dry_run: false };
            let (correction, corrected) = self.planned_correction(row, &options).await?;
            let Some(correction) = correction else { return Ok((Effect::Unchanged, corrected)) };
            self.guarded.ingest(by.mandate(Task::CorrectComponent), &[], &[correction]).await?;
            Ok((Effect::Done, corrected))
        })
        .await
    }
}
