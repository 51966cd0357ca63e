//! The one reading that a voucher costs.

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, Revision, commands::Namesake};

use super::{SqlStore, dialect::Wording, inventory, query::Fields, rows};
use crate::{Located, Store, StoreError};

/// One seek by serial number brings a component and its namesakes; the join brings the owner's revision.
pub(super) static LOCATE: Wording = Wording::new(|dialect| {
    let (columns, each, index, serial) = (rows::COMPONENT, dialect.each(), dialect.index(), dialect.text(1));
    format!(
        "SELECT {index}, o.revision, {columns} FROM {each} CROSS JOIN components c CROSS JOIN orgs o
         WHERE c.serial_number = {serial} AND o.id = c.org_id"
    )
});

/// What has been read of one id so far.
#[derive(Clone, Debug, Default)]
struct Found {
    component: Option<(Component, Revision)>,
    namesakes: Vec<Namesake>,
}

#[async_trait]
impl Store for SqlStore {
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
        let mut found = vec![Found::default(); ids.len()];
        for row in self.all(LOCATE.of(self.dialect()), [inventory::as_json(ids).into()]).await? {
            let mut row = Fields::of(&row);
            let place = usize::try_from(row.int()?).unwrap_or(usize::MAX);
            let revision = rows::revision(row.int()?)?;
            let component = rows::component(&mut row)?;
            let (Some(id), Some(found)) = (ids.get(place), found.get_mut(place)) else { continue };
            if component.id == *id {
                found.component = Some((component, revision));
            } else {
                let idevid_issuer = component.facts.idevid_issuer;
                found.namesakes.push(Namesake { id: component.id, idevid_issuer });
            }
        }
        Ok(found.into_iter().map(located).collect())
    }
}

fn located(found: Found) -> Option<Located> {
    let (component, revision) = found.component?;
    Some(Located { component, revision, namesakes: found.namesakes })
}
