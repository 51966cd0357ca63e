use std::collections::HashMap;

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, OrgId, Revision, SerialNumber, commands::Namesake};

use super::{Accounts, Inventory, Journal, Organizations};
use crate::StoreError;

/// A component with what a decision about it needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The component.
    pub component: Component,
    /// The present revision of its owner's tree.
    pub revision: Revision,
    /// All other components with its serial number.
    pub namesakes: Vec<Namesake>,
}

/// All ports in one.
#[async_trait]
pub trait Store: Organizations + Inventory + Journal + Accounts {
    /// Components with their owners' revisions and their namesakes, in the order asked, `None` for each unknown one.
    ///
    /// Provided by several readings; a store that holds everything answers with one.
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
        let components = self.components(ids).await?;
        let serials: Vec<SerialNumber> = ids.iter().map(|id| id.serial_number.clone()).collect();
        let namesakes = self.namesakes(&serials).await?;
        let mut revisions = HashMap::<OrgId, Option<Revision>>::new();
        for component in components.iter().flatten() {
            if !revisions.contains_key(&component.org) {
                let revision = self.revision(&component.org).await?;
                revisions.insert(component.org.clone(), revision);
            }
        }
        let locate = |component: Component| {
            let others = namesakes
                .iter()
                .filter(|n| n.id.serial_number == component.id.serial_number && n.id != component.id);
            let namesakes = others.cloned().collect();
            // A component whose organization is gone counts as unknown.
            let revision = (*revisions.get(&component.org)?)?;
            Some(Located { component, revision, namesakes })
        };
        Ok(components.into_iter().map(|component| component.and_then(locate)).collect())
    }
}
