use ovgs_authz::{Request, Spot};
use ovgs_domain::{ComponentId, GroupId, Org};
use ovgs_store::{Tally, Within};

use super::{GroupDetails, NotFound, Service, ServiceError, error::RAISE_THE_LIMIT, sizes};
use crate::authn::Caller;

/// How many components are read at once.
const PAGE: usize = 1000;

impl Service {
    /// A group as the caller may see it.
    ///
    /// # Errors
    /// `NotFound`; `Denied` without REQUESTOR in it; `TooLarge`, decided by counting before reading, unless
    /// `compat.truncate_group_components` leaves the components out.
    pub async fn get_group(&self, caller: &Caller, group: &GroupId) -> Result<GroupDetails, ServiceError> {
        let org = self.find_group(caller, group).await?;
        let _grant =
            self.policy.decide(caller.user(), &Request::GetGroup { group: Spot { org: &org, group } })?;
        let mut details = self.group_details(caller, &org, group)?;
        let within = within(&org, group);
        if self.fits(&details, &within).await? {
            details.components = self.component_ids(&within).await?;
        }
        Ok(details)
    }

    fn group_details(&self, caller: &Caller, org: &Org, id: &GroupId) -> Result<GroupDetails, ServiceError> {
        let group = org.group(id).ok_or_else(|| NotFound::Group(id.clone()))?;
        let view = self.policy.view(caller.user(), org);
        let mut child_group_ids: Vec<GroupId> = group.children().cloned().collect();
        child_group_ids.sort();
        Ok(GroupDetails {
            id: id.clone(),
            description: group.description().clone(),
            cert_ids: group.certs().map(|cert| cert.id.clone()).collect(),
            components: Vec::new(),
            users: view.members(group).map(|(user, role)| (user.clone(), role)).collect(),
            child_group_ids,
            delegated_orgs: view.delegations(id),
        })
    }

    /// Whether the components fit into the answer beside the rest. `false` if they are to be left out.
    async fn fits(&self, details: &GroupDetails, within: &Within) -> Result<bool, ServiceError> {
        let limit = self.limits.max_response_bytes;
        let rest = sizes::group(details);
        let countable = (limit / sizes::COMPONENT_OVERHEAD) as u64 + 1;
        let Tally { components, id_octets } = self.guarded.tally(within, countable).await?;
        let total = rest + sizes::components(components, id_octets);
        let way_out = match rest <= limit {
            _ if total <= limit => return Ok(true),
            true if self.compat.truncate_group_components => return Ok(false),
            true => "use GetComponents, or have the vendor set `compat.truncate_group_components`",
            false => RAISE_THE_LIMIT,
        };
        Err(ServiceError::TooLarge { limit, way_out: way_out.into() })
    }

    async fn component_ids(&self, within: &Within) -> Result<Vec<ComponentId>, ServiceError> {
        let mut ids: Vec<ComponentId> = Vec::new();
        loop {
            let page = self.guarded.components_in(within, ids.last(), PAGE).await?;
            let is_last = page.len() < PAGE;
            ids.extend(page.into_iter().map(|component| component.id));
            if is_last {
                return Ok(ids);
            }
        }
    }
}

/// Where a group's components are: for the root, everywhere in the organization.
pub(super) fn within(org: &Org, group: &GroupId) -> Within {
    Within { org: org.id().clone(), group: (group != org.root()).then(|| group.clone()) }
}
