//! Components: readings in pages and batches, and writes that compare before they set.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use ovgs_domain::{Component, ComponentId, Event, GroupId, Ien, OrgId, SerialNumber, commands::Namesake};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use serde_json::json;

use super::{
    SqlStore,
    dialect::Wording,
    entering::{self, Columns},
    error,
    listing::{place, place_sql},
    query::{self, Fields},
    record, rows,
};
use crate::{Correction, Inventory, Placement, Stamp, StoreError, Tally, Within, ports::listing};

pub(super) static BY_ID: Wording = Wording::new(|dialect| {
    let (columns, each, index) = (rows::COMPONENT, dialect.each(), dialect.index());
    let (ien, serial) = (dialect.text(0), dialect.text(1));
    format!(
        "SELECT {index}, {columns} FROM {each} CROSS JOIN components c
         WHERE c.serial_number = {serial} AND c.ien = {ien}"
    )
});

pub(super) static NAMESAKES: Wording = Wording::new(|dialect| {
    let (each, serial) = (dialect.each(), dialect.text(0));
    format!(
        "SELECT c.ien, c.serial_number, c.idevid_issuer FROM {each} CROSS JOIN components c
         WHERE c.serial_number = {serial}"
    )
});

pub(super) const PLACE: &str = "UPDATE components SET group_id = $5
    WHERE serial_number = $1 AND ien = $2 AND org_id = $3 AND group_id IS NOT DISTINCT FROM $4";

pub(super) const CORRECT: &str = "UPDATE components SET model = $4, mac_addr = $5, endorsement_key = $6,
        ek_certificate = $7, platform_primary_key = $8, idevid_issuer = $9
    WHERE serial_number = $1 AND ien = $2 AND org_id = $3";

/// Every manufacturer, found by jumping from one to the next within each organization: the cost is that of the
/// manufacturers, not of the components.
pub(super) const IENS: &str = "WITH RECURSIVE found (org_id, ien) AS (
        SELECT o.id, (SELECT MIN(c.ien) FROM components c WHERE c.org_id = o.id) FROM orgs o
        UNION ALL
        SELECT f.org_id, (SELECT MIN(c.ien) FROM components c WHERE c.org_id = f.org_id AND c.ien > f.ien)
        FROM found f WHERE f.ien IS NOT NULL
    ) SELECT DISTINCT ien FROM found WHERE ien IS NOT NULL ORDER BY ien";

#[async_trait]
impl Inventory for SqlStore {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        if let Some(direct) = self.direct() {
            return direct.components(ids).await;
        }
        let mut components = vec![None; ids.len()];
        for row in self.all(BY_ID.of(self.dialect()), [as_json(ids).into()]).await? {
            let mut row = Fields::of(&row);
            let place = usize::try_from(row.int()?).ok().and_then(|place| components.get_mut(place));
            let component = rows::component(&mut row)?;
            if let Some(place) = place {
                *place = Some(component);
            }
        }
        Ok(components)
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        let serials: BTreeSet<[&str; 1]> = serials.iter().map(|serial| [serial.as_str()]).collect();
        let found = self.all(NAMESAKES.of(self.dialect()), [json!(serials).to_string().into()]).await?;
        found.iter().map(|row| Fields::of(row).read(rows::namesake)).collect()
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        if let Some(direct) = self.direct() {
            return direct.components_in(within, after, limit).await;
        }
        self.trying(|| self.page(within, after, limit)).await
    }

    fn listing<'a>(
        &'a self,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
        #[cfg(feature = "postgres")]
        if let Some(postgres) = self.postgres() {
            return postgres.listings.begin(self, within, after);
        }
        listing::in_pages(self, within, after)
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let values = [limit.into()].into_iter().chain(place(within));
        let Some(row) = self.one(&tally_sql(within), values).await? else {
            return Ok(Tally::default());
        };
        let count = |number: i64| u64::try_from(number).map_err(rows::corrupt("a count"));
        let mut row = Fields::of(&row);
        Ok(Tally { components: count(row.int()?)?, id_octets: count(row.int()?)? })
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        if let Some(direct) = self.direct() {
            return direct.place(placement, stamp).await;
        }
        #[cfg(feature = "postgres")]
        if let Some(postgres) = self.postgres() {
            return postgres.placer.place(placement, stamp).await;
        }
        let Placement { component, org, from, to } = placement;
        let group = |group: &Option<GroupId>| Value::from(group.as_ref().map(GroupId::to_string));
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let [serial, ien] = key(component);
            exactly_one(
                query::run(&tx, PLACE, [serial, ien, org.as_str().into(), group(from), group(to)]).await?,
            )?;
            let (component, org) = (component.clone(), org.clone());
            let event = Event::ComponentPlaced { component, org, from: from.clone(), to: to.clone() };
            record::event(&tx, stamp, &event).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        if let Some(direct) = self.direct() {
            return direct.ingest(new, corrections, stamp).await;
        }
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            entering::components(&tx, new).await?;
            // In the order in which placements of many callers lock rows, so that nobody waits in a circle.
            let mut in_order: Vec<&Correction> = corrections.iter().collect();
            in_order.sort_by_key(|correction| &correction.component);
            for correction in in_order {
                correct(&tx, correction).await?;
            }
            // The events come last, so that readers of the journal need not wait for the rest.
            entering::events(&tx, stamp, new).await?;
            let updated = corrections.iter().map(|correction| Event::ComponentUpdated {
                component: correction.component.clone(),
                org: correction.org.clone(),
            });
            record::events(&tx, stamp, updated).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError> {
        let sql = "DELETE FROM components WHERE serial_number = $1 AND ien = $2 AND org_id = $3";
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let [serial, ien] = key(component);
            exactly_one(query::run(&tx, sql, [serial, ien, org.as_str().into()]).await?)?;
            let (component, org) = (component.clone(), org.clone());
            record::event(&tx, stamp, &Event::ComponentRetired { component, org }).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE components SET org_id = $4, group_id = NULL
            WHERE serial_number = $1 AND ien = $2 AND org_id = $3";
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            let [serial, ien] = key(component);
            let values = [serial, ien, from.as_str().into(), to.as_str().into()];
            exactly_one(query::run(&tx, sql, values).await?)?;
            let (component, from, to) = (component.clone(), from.clone(), to.clone());
            record::event(&tx, stamp, &Event::ComponentTransferred { component, from, to }).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        let found = self.all(IENS, []).await?;
        found.iter().map(|row| rows::ien(&Fields::of(row).str()?)).collect()
    }

    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        let dialect = self.dialect();
        if self.one(dialect.worth_analyzing(), []).await?.is_none() {
            return Ok(());
        }
        let _turn = self.connections.turn().await?;
        let analyze = async {
            let analyzed = self.connections.writer.execute_unprepared(dialect.analyze()).await;
            analyzed.map(drop).map_err(error::store)
        };
        self.connections.in_time(analyze).await
    }
}

pub(super) fn tally_sql(within: &Within) -> String {
    let place = place_sql(within, 2);
    format!(
        "SELECT COUNT(*), COALESCE(SUM(OCTET_LENGTH(ien) + OCTET_LENGTH(serial_number)), 0)
         FROM (SELECT c.ien, c.serial_number FROM components c WHERE {place}
               ORDER BY c.ien, c.serial_number LIMIT $1) AS counted"
    )
}

/// Serial number and IEN, as the primary key has them.
fn key(id: &ComponentId) -> [Value; 2] {
    [id.serial_number.as_str().into(), id.ien.to_string().into()]
}

/// Ids as one bind: an array of pairs of IEN and serial number.
fn as_json<'a>(ids: impl IntoIterator<Item = &'a ComponentId>) -> String {
    let pairs: Vec<(String, &str)> =
        ids.into_iter().map(|id| (id.ien.to_string(), id.serial_number.as_str())).collect();
    json!(pairs).to_string()
}

async fn correct(tx: &DatabaseTransaction, correction: &Correction) -> Result<(), StoreError> {
    let Columns { model, mac_addr, blobs } = entering::columns(&correction.facts);
    let [key_der, certificate, platform, issuer] = blobs.map(|bytes| Value::from(bytes.map(<[u8]>::to_vec)));
    let [serial, ien] = key(&correction.component);
    let org = correction.org.as_str().into();
    let values = [serial, ien, org, model.into(), mac_addr.into(), key_der, certificate, platform, issuer];
    exactly_one(query::run(tx, CORRECT, values).await?)
}

pub(super) fn exactly_one(touched: u64) -> Result<(), StoreError> {
    if touched == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
