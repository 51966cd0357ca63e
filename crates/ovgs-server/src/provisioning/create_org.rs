use ovgs_authz::{Provisioner, Task};
use ovgs_domain::{Description, Excerpt, OrgId};

use super::{Effect, Provisioning, ProvisioningError};

impl Provisioning {
    /// Creates an organization. `None` means no description in particular: empty for a new one, any for one that exists.
    ///
    /// # Errors
    /// [`ProvisioningError::AnotherDescription`] if it exists with another one.
    pub async fn create_org(
        &self,
        by: &Provisioner,
        org: &OrgId,
        description: Option<&Description>,
    ) -> Result<Effect, ProvisioningError> {
        let empty = description.is_none().then(empty).flatten();
        let Some(wanted) = description.or(empty.as_ref()) else { return Ok(Effect::Unchanged) };
        if self.guarded.create_org(by.mandate(Task::CreateOrg), org, wanted).await? {
            return Ok(Effect::Done);
        }
        // Between the two another one may have deleted it; that is as good as having created it a moment earlier.
        let existing = self.guarded.org(org).await?;
        let existing = existing.as_ref().and_then(|org| org.group(org.root())).map(|root| root.description());
        match (description, existing) {
            (Some(wanted), Some(existing)) if existing != wanted => {
                Err(ProvisioningError::AnotherDescription {
                    org: Excerpt::of(org.as_str()),
                    existing: Some(existing.as_str()).filter(|text| !text.is_empty()).map(Excerpt::of),
                })
            }
            _ => Ok(Effect::Unchanged),
        }
    }
}

fn empty() -> Option<Description> {
    Description::parse_or_empty("").ok()
}
