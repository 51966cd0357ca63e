//! The port `Inventory` over the ERP's tables.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, GroupId, Ien, OrgId, SerialNumber, commands::Namesake};
use ovgs_store::{Correction, Inventory, Organizations, Placement, Stamp, StoreError, Tally, Within};
use serde_json::json;
use sqlx::{Executor, Row, Sqlite};

use crate::{
    Erp,
    rows::{failed, namesake, part, parts},
};

/// What is ours in the ERP's database. The order of components is that of their ids as text: 10 before 9.
const OURS: &str = "
    CREATE TABLE IF NOT EXISTS ovgs_placements (
        brand INTEGER NOT NULL,
        serial TEXT NOT NULL,
        group_id TEXT NOT NULL,
        PRIMARY KEY (serial, brand)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS ovgs_placements_by_group ON ovgs_placements (group_id);
    CREATE TABLE IF NOT EXISTS ovgs_moves (
        position INTEGER PRIMARY KEY,
        brand INTEGER NOT NULL,
        serial TEXT NOT NULL,
        org TEXT NOT NULL,
        from_group TEXT,
        to_group TEXT,
        author TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS ovgs_order ON deliveries (customer, CAST(brand AS TEXT), serial);
    CREATE TRIGGER IF NOT EXISTS ovgs_sold AFTER UPDATE OF customer ON deliveries BEGIN
        DELETE FROM ovgs_placements WHERE serial = old.serial AND brand = old.brand;
    END;
    CREATE TRIGGER IF NOT EXISTS ovgs_taken_back AFTER DELETE ON deliveries BEGIN
        DELETE FROM ovgs_placements WHERE serial = old.serial AND brand = old.brand;
    END;
";

/// The ERP's parts, and where we placed them.
#[derive(Clone, Debug)]
pub struct ErpInventory {
    erp: Erp,
    /// Asked whose a group is.
    trees: Arc<dyn Organizations>,
}

impl ErpInventory {
    /// Adds what is ours to the ERP's database, where it is not there yet.
    ///
    /// # Errors
    /// If the ERP does not let us.
    pub async fn open(erp: Erp, trees: Arc<dyn Organizations>) -> Result<ErpInventory, sqlx::Error> {
        sqlx::raw_sql(OURS).execute(&erp.pool).await?;
        Ok(ErpInventory { erp, trees })
    }

    /// Whether parts of an organization may be placed in a group.
    async fn may_hold(&self, org: &OrgId, group: &GroupId) -> Result<bool, StoreError> {
        let owner = self.trees.org_of_group(group).await?;
        Ok(*group != org.root() && owner.is_some_and(|(owner, _)| owner == *org))
    }
}

async fn one(
    database: impl Executor<'_, Database = Sqlite>,
    id: &ComponentId,
) -> Result<Option<Component>, StoreError> {
    let sql = parts!("WHERE d.serial = ? AND d.brand = ?");
    let found = sqlx::query(sql).bind(id.serial_number.as_str()).bind(id.ien.number());
    found.fetch_optional(database).await.map_err(failed)?.as_ref().map(part).transpose()
}

/// What SQLite takes for a number of rows.
fn rows(limit: impl TryInto<i64>) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}

fn erp_does_that<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("parts are entered, corrected, sold and taken back in the ERP".into()))
}

#[async_trait]
impl Inventory for ErpInventory {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let asked: Vec<_> = ids.iter().map(|id| (id.serial_number.as_str(), id.ien.number())).collect();
        let sql = parts!("WHERE (d.serial, d.brand) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))");
        let found = sqlx::query(sql).bind(json!(asked).to_string()).fetch_all(&self.erp.pool).await;
        let mut known = HashMap::new();
        for row in &found.map_err(failed)? {
            let component = part(row)?;
            known.insert(component.id.clone(), component);
        }
        Ok(ids.iter().map(|id| known.get(id).cloned()).collect())
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        let serials: Vec<_> = serials.iter().map(SerialNumber::as_str).collect();
        // Whoever bought them.
        let sql = "SELECT brand, serial, idevid_issuer FROM deliveries WHERE serial IN (SELECT value FROM json_each(?))";
        let found = sqlx::query(sql).bind(json!(serials).to_string()).fetch_all(&self.erp.pool).await;
        found.map_err(failed)?.iter().map(namesake).collect()
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let (ien, serial) = match after {
            Some(after) => (after.ien.to_string(), after.serial_number.as_str()),
            None => (String::new(), ""),
        };
        let sql = parts!(
            "WHERE c.ovgs_org = ? AND (?2 IS NULL OR p.group_id = ?2) AND (CAST(d.brand AS TEXT), d.serial) > (?3, ?4) "
            "ORDER BY CAST(d.brand AS TEXT), d.serial LIMIT ?5"
        );
        let page = sqlx::query(sql)
            .bind(within.org.as_str())
            .bind(within.group.as_ref().map(GroupId::as_str))
            .bind(ien)
            .bind(serial)
            .bind(rows(limit));
        page.fetch_all(&self.erp.pool).await.map_err(failed)?.iter().map(part).collect()
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        let sql = concat!(
            "SELECT count(*) AS parts, coalesce(sum(length(brand) + length(serial)), 0) AS octets FROM (",
            parts!("WHERE c.ovgs_org = ? AND (?2 IS NULL OR p.group_id = ?2) LIMIT ?3"),
            ")"
        );
        let counted = sqlx::query(sql)
            .bind(within.org.as_str())
            .bind(within.group.as_ref().map(GroupId::as_str))
            .bind(rows(limit));
        let row = counted.fetch_one(&self.erp.pool).await.map_err(failed)?;
        let number = |column| row.try_get::<i64, _>(column).map(i64::unsigned_abs).map_err(failed);
        Ok(Tally { components: number("parts")?, id_octets: number("octets")? })
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let Placement { component: id, org, from, to } = placement;
        if let Some(to) = to
            && !self.may_hold(org, to).await?
        {
            return Err(StoreError::Conflict);
        }
        // Nobody else writes from here on, the ERP included.
        let mut tx = self.erp.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let known = one(&mut *tx, id).await?;
        if !known.is_some_and(|known| known.org == *org && known.group == *from) {
            return Err(StoreError::Conflict);
        }
        let (serial, brand) = (id.serial_number.as_str(), id.ien.number());
        let group = |group: &Option<GroupId>| group.as_ref().map(|group| group.as_str().to_owned());
        match to {
            Some(to) => {
                let sql = "INSERT INTO ovgs_placements (serial, brand, group_id) VALUES (?, ?, ?) \
                           ON CONFLICT DO UPDATE SET group_id = excluded.group_id";
                let placed = sqlx::query(sql).bind(serial).bind(brand).bind(to.as_str());
                placed.execute(&mut *tx).await.map_err(failed)?;
            }
            None => {
                let gone = sqlx::query("DELETE FROM ovgs_placements WHERE serial = ? AND brand = ?");
                gone.bind(serial).bind(brand).execute(&mut *tx).await.map_err(failed)?;
            }
        }
        let sql = "INSERT INTO ovgs_moves (serial, brand, org, from_group, to_group, author, at) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        let noted = sqlx::query(sql).bind(serial).bind(brand).bind(org.as_str()).bind(group(from));
        let noted = noted.bind(group(to)).bind(stamp.author.to_string()).bind(stamp.at.to_rfc3339());
        noted.execute(&mut *tx).await.map_err(failed)?;
        // Of a COMMIT that failed nobody knows what came of it.
        tx.commit().await.map_err(|error| StoreError::Unavailable(error.into()))
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        _stamp: &Stamp,
    ) -> Result<(), StoreError> {
        if new.is_empty() && corrections.is_empty() { Ok(()) } else { erp_does_that() }
    }

    async fn retire(&self, _component: &ComponentId, _org: &OrgId, _stamp: &Stamp) -> Result<(), StoreError> {
        erp_does_that()
    }

    async fn transfer(
        &self,
        _component: &ComponentId,
        _from: &OrgId,
        _to: &OrgId,
        _stamp: &Stamp,
    ) -> Result<(), StoreError> {
        erp_does_that()
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        let sql = "SELECT DISTINCT CAST(brand AS TEXT) AS brand FROM deliveries ORDER BY 1";
        let found = sqlx::query(sql).fetch_all(&self.erp.pool).await.map_err(failed)?;
        let ien = |row: &sqlx::sqlite::SqliteRow| {
            let text: String = row.try_get("brand").map_err(failed)?;
            Ien::parse(&text).map_err(|error| StoreError::corrupt("an enterprise number", error))
        };
        found.iter().map(ien).collect()
    }
}
