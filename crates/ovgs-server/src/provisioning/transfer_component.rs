use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{ComponentId, OrgId};

use super::{Effect, Provisioning, ProvisioningError, turns};

impl Provisioning {
    /// Moves a part into the root of another organization. Its vouchers stay valid until they expire (see
    /// [`Provisioning::valid_vouchers`]).
    ///
    /// # Errors
    /// [`NotFound`](crate::service::NotFound) for the component and the organization.
    pub async fn transfer_component(
        &self,
        by: &Provisioner,
        id: &ComponentId,
        to: &OrgId,
    ) -> Result<Effect, ProvisioningError> {
        turns::until_uncontended(|| async {
            let from = self.show_component(id).await?.component.org;
            self.org_exists(to).await?;
            if from == *to {
                return Ok(Effect::Unchanged);
            }
            self.guarded.transfer(by.mandate(Task::TransferComponent), id, &from, to).await?;
            Ok(Effect::Done)
        })
        .await
    }
}
