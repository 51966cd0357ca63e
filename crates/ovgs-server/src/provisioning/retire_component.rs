use ovgs_authz::{Provisioner, Task};
use ovgs_domain::ComponentId;

use super::{Provisioning, ProvisioningError, turns};

impl Provisioning {
    /// Takes a part out of its organization. The journal keeps its history, its vouchers stay valid until they expire
    /// (see [`Provisioning::valid_vouchers`]), and it may be imported again.
    ///
    /// # Errors
    /// [`NotFound::Component`](crate::service::NotFound::Component).
    pub async fn retire_component(
        &self,
        by: &Provisioner,
        id: &ComponentId,
    ) -> Result<(), ProvisioningError> {
        turns::until_uncontended(|| async {
            let org = self.show_component(id).await?.component.org;
            Ok(self.guarded.retire(by.mandate(Task::RetireComponent), id, &org).await?)
        })
        .await
    }
}
