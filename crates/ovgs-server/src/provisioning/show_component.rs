use ovgs_domain::ComponentId;

use super::{PartDetails, Provisioning, ProvisioningError};
use crate::service::NotFound;

impl Provisioning {
    /// Shows a part.
    ///
    /// # Errors
    /// [`NotFound::Component`].
    pub async fn show_component(&self, id: &ComponentId) -> Result<PartDetails, ProvisioningError> {
        let found = self.guarded.components(std::slice::from_ref(id)).await?;
        let component = found.into_iter().next().flatten().ok_or_else(|| NotFound::Component(id.clone()))?;
        let manufacturer = self.settings.issuers.current().manufacturer(id.ien).map(str::to_owned);
        Ok(PartDetails { component, manufacturer })
    }
}
