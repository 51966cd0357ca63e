use ovgs_authz::Request;
use ovgs_domain::ComponentId;

use super::{Batch, NotFound, SerialDetails, Service, ServiceError, finding::Found, sizes};
use crate::authn::Caller;

/// The name of the list in the call.
const LIST: &str = "components";

impl Service {
    /// What is known of several components, in the order asked, duplicates twice.
    ///
    /// # Errors
    /// As [`Service::get_serial`], saying which component; `TooLarge`, naming a batch size that fits.
    pub async fn get_serials(
        &self,
        caller: &Caller,
        components: Batch<ComponentId>,
    ) -> Result<Vec<SerialDetails>, ServiceError> {
        let found = self.find_batch(caller, LIST, &components.into_inner()).await?;
        for (position, found) in found.iter().enumerate() {
            let request = Request::GetSerials { holder: found.holder() };
            let denied = |denied| ServiceError::from(denied).at(LIST, position, &found.component.id);
            let _grant = self.policy.decide(caller.user(), &request).map_err(denied)?;
        }
        let details: Vec<SerialDetails> =
            found.into_iter().map(|found| self.serial_details(caller, found)).collect();
        self.refuse_too_large(details.iter().map(|details| sizes::field(sizes::serial(details))))?;
        Ok(details)
    }

    /// Several components; the first one that is missing fails them all.
    pub(super) async fn find_batch(
        &self,
        caller: &Caller,
        list: &'static str,
        ids: &[ComponentId],
    ) -> Result<Vec<Found>, ServiceError> {
        let found = self.find_components(caller, ids).await?;
        let each = found.into_iter().zip(ids).enumerate();
        each.map(|(position, (found, id))| {
            found.ok_or_else(|| ServiceError::from(NotFound::Component(id.clone())).at(list, position, id))
        })
        .collect()
    }

    /// Refuses a batch whose answer would pass the limit, naming the largest batch of the same beginning that fits.
    pub(super) fn refuse_too_large(&self, sizes: impl Iterator<Item = usize>) -> Result<(), ServiceError> {
        let limit = self.limits.max_response_bytes;
        let (mut total, mut fitting) = (0_usize, 0_usize);
        for size in sizes {
            total = total.saturating_add(size);
            fitting += usize::from(total <= limit);
        }
        if total <= limit {
            return Ok(());
        }
        let way_out = match fitting {
            0 => "not even one fits".into(),
            fitting => format!("ask for at most {fitting} components in one call"),
        };
        Err(ServiceError::TooLarge { limit, way_out })
    }
}
