//! The people at the ERP: where a case of the contract enters, corrects, sells or takes back parts, they do.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use erp_inventory::{Erp, ErpInventory};
use ovgs_domain::{
    Author, Component, ComponentId, Endorsement, Facts, Ien, OrgId, SerialNumber, Username,
    commands::Namesake,
};
use ovgs_store::{
    Correction, Inventory, MemoryStore, Organizations, Placement, Stamp, StoreError, Tally, Within,
};
use sqlx::{Sqlite, Transaction};

#[derive(Debug)]
pub(crate) struct Clerk {
    pub(crate) erp: Erp,
    pub(crate) inventory: ErpInventory,
    pub(crate) trees: Arc<MemoryStore>,
}

pub(crate) fn stamp() -> Stamp {
    Stamp { author: Author::Cli(Username::parse("root").unwrap()), at: DateTime::UNIX_EPOCH }
}

/// What is there already, or is not: for the cases of the contract both are a conflict.
fn refused(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => StoreError::Conflict,
        other => StoreError::Failed(other.into()),
    }
}

impl Clerk {
    /// Each organization is one customer, whose number is the organization's id.
    async fn customer(&self, org: &OrgId) -> Result<(), StoreError> {
        self.trees.revision(org).await?.ok_or(StoreError::Conflict)?;
        let sql = "INSERT INTO customers (number, ovgs_org) VALUES (?1, ?1) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(org.as_str()).execute(self.erp.pool()).await.map_err(refused)?;
        Ok(())
    }

    async fn correct(
        tx: &mut Transaction<'_, Sqlite>,
        id: &ComponentId,
        org: &OrgId,
        facts: &Facts,
    ) -> Result<(), StoreError> {
        let (key, certificate) = match &facts.endorsement {
            Some(Endorsement::Key(key)) => (Some(key.der().to_vec()), None),
            Some(Endorsement::Certificate(certificate)) => (None, Some(certificate.der().to_vec())),
            None => (None, None),
        };
        let sql = "UPDATE deliveries SET article = ?, mac = ?, tpm_key = ?, tpm_certificate = ?, \
                   tpm_primary_key = ?, idevid_issuer = ? WHERE serial = ? AND brand = ? AND customer = ?";
        let corrected = sqlx::query(sql)
            .bind(facts.model.as_ref().map(|model| model.as_str().to_owned()))
            .bind(facts.mac_addr.map(|mac| mac.to_string()))
            .bind(key)
            .bind(certificate)
            .bind(facts.platform_primary_key.as_ref().map(|key| key.der().to_vec()))
            .bind(facts.idevid_issuer.as_ref().map(|issuer| issuer.der().to_vec()))
            .bind(id.serial_number.as_str())
            .bind(id.ien.number())
            .bind(org.as_str());
        let corrected = corrected.execute(&mut **tx).await.map_err(refused)?;
        if corrected.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }
}

#[async_trait]
impl Inventory for Clerk {
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        self.inventory.components(ids).await
    }

    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError> {
        self.inventory.namesakes(serials).await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        self.inventory.components_in(within, after, limit).await
    }

    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError> {
        self.inventory.tally(within, limit).await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        self.inventory.place(placement, stamp).await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        _stamp: &Stamp,
    ) -> Result<(), StoreError> {
        for component in new {
            self.customer(&component.org).await?;
        }
        let mut tx = self.erp.pool().begin_with("BEGIN IMMEDIATE").await.map_err(refused)?;
        for Component { id, org, facts, .. } in new {
            let sql = "INSERT INTO deliveries (brand, serial, customer) VALUES (?, ?, ?)";
            let delivered = sqlx::query(sql).bind(id.ien.number()).bind(id.serial_number.as_str());
            delivered.bind(org.as_str()).execute(&mut *tx).await.map_err(refused)?;
            Self::correct(&mut tx, id, org, facts).await?;
        }
        for Correction { component, org, facts } in corrections {
            Self::correct(&mut tx, component, org, facts).await?;
        }
        tx.commit().await.map_err(refused)
    }

    async fn retire(&self, id: &ComponentId, org: &OrgId, _stamp: &Stamp) -> Result<(), StoreError> {
        let (ien, serial) = (id.ien.number(), id.serial_number.as_str());
        let gone = self.erp.take_back(ien, serial, org.as_str()).await.map_err(refused)?;
        gone.then_some(()).ok_or(StoreError::Conflict)
    }

    async fn transfer(
        &self,
        id: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        _stamp: &Stamp,
    ) -> Result<(), StoreError> {
        self.customer(to).await?;
        let (ien, serial) = (id.ien.number(), id.serial_number.as_str());
        let sold = self.erp.resell(ien, serial, from.as_str(), to.as_str()).await.map_err(refused)?;
        sold.then_some(()).ok_or(StoreError::Conflict)
    }

    async fn iens(&self) -> Result<Vec<Ien>, StoreError> {
        self.inventory.iens().await
    }
}
