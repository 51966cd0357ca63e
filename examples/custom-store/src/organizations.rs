//! Organizations.

use std::sync::Arc;

use async_trait::async_trait;
use ovgs_domain::{
    CertId, Change, Description, Event, GroupId, GroupRecord, Org, OrgId, OrgRecords, Revision, User,
};
use ovgs_store::{OrgSummary, Organizations, Stamp, StoreError, json::Json};
use redb::WriteTransaction;

use crate::{
    RedbStore,
    store::record,
    tables::{
        BYGONE, CERT_BYTES, CERTS, CHANGES, DELEGATIONS, GROUPS, Go, ORGS, PLACES, ROLES, Rows, SNAPSHOTS,
        Table, USERS, failed, nth, org_id, put, remove, revision, user_key,
    },
    tree,
};

#[async_trait]
impl Organizations for RedbStore {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        let id = id.clone();
        self.read(move |tx| tree::load(tx, &id)).await
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        let id = id.clone();
        self.read(move |tx| tx.revision_of(&id)).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let id = id.clone();
        self.read(move |tx| {
            let Some(present) = tx.revision_of(&id)? else { return Ok(None) };
            if since < tree::born(tx, &id, present)? || since > present {
                return Ok(None);
            }
            tree::changes(tx, &id, since).map(Some)
        })
        .await
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.owner(GROUPS, id.as_str()).await
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.owner(CERTS, id.as_str()).await
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        let user = user_key(user);
        self.read(move |tx| {
            let orgs = seconds(tx, ROLES, &user, 3)?;
            let with_revision = |org: OrgId| Ok(tx.revision_of(&org)?.map(|revision| (org, revision)));
            orgs.into_iter().filter_map(|org| with_revision(org).transpose()).collect()
        })
        .await
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        let id = id.clone();
        self.read(move |tx| {
            let bytes = tx.open_table(CERT_BYTES).map_err(failed)?;
            let found = bytes.get(id.as_str()).map_err(failed)?;
            Ok(found.map(|der| Arc::from(der.value())))
        })
        .await
    }

    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let (id, change, stamp) = (org.clone(), change.clone(), stamp.clone());
        self.write(move |tx| {
            let mut org = at(tx, &id, expected)?;
            tree::advance(tx, &mut org, &change)?;
            record(tx, &stamp, Event::TreeChanged { org: id, revision: org.revision(), change })
        })
        .await
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        let (id, description, stamp) = (id.clone(), description.clone(), stamp.clone());
        self.write(move |tx| {
            if tx.revision_of(&id)?.is_some() {
                return Ok(false);
            }
            if tx.owner_of(&id.root())?.is_some() {
                return Err(StoreError::Conflict);
            }
            let born = tx.value(BYGONE, id.as_str())?.map(|text| revision(&text)).transpose()?;
            plant(tx, &id, &description, born.unwrap_or_default())?;
            record(tx, &stamp, Event::OrgCreated { org: id, description })?;
            Ok(true)
        })
        .await
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        let (id, stamp) = (id.clone(), stamp.clone());
        self.write(move |tx| {
            let org = at(tx, &id, expected)?;
            if !is_bare(&org) || is_referred_to(tx, &id)? {
                return Err(StoreError::Conflict);
            }
            uproot(tx, &org)?;
            record(tx, &stamp, Event::OrgDeleted { org: id })
        })
        .await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        let after = after.cloned();
        self.read(move |tx| {
            let mut ids = Vec::new();
            tx.visit(ORGS, "", after.as_ref().map(OrgId::as_str), &mut |id, _| {
                if ids.len() == limit {
                    return Ok(Go::Enough);
                }
                ids.push(org_id(id)?);
                Ok(Go::On)
            })?;
            ids.iter()
                .filter_map(|id| tree::load(tx, id).map(|org| org.and_then(|org| summary(&org))).transpose())
                .collect()
        })
        .await
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let delegate = delegate.clone();
        self.read(move |tx| seconds(tx, DELEGATIONS, delegate.as_str(), 1)).await
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let org = org.clone();
        self.read(move |tx| seconds(tx, ROLES, org.as_str(), 3)).await
    }
}

impl RedbStore {
    async fn owner(&self, table: Table, id: &str) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| {
            let Some(org) = tx.value(table, &id)? else { return Ok(None) };
            let org = org_id(&org)?;
            Ok(tx.revision_of(&org)?.map(|revision| (org, revision)))
        })
        .await
    }
}

/// The tree, if it is where the writer saw it.
fn at(tx: &WriteTransaction, id: &OrgId, expected: Revision) -> Result<Org, StoreError> {
    let org = tree::load(tx, id)?.filter(|org| org.revision() == expected);
    org.ok_or(StoreError::Conflict)
}

/// The organizations that stand at a place of the keys under a first part, each once, in order.
fn seconds(rows: &impl Rows, table: Table, under: &str, place: usize) -> Result<Vec<OrgId>, StoreError> {
    let keys = rows.keys(table, under)?;
    let orgs: std::collections::BTreeSet<&str> = keys.iter().map(|key| nth(key, place)).collect();
    orgs.into_iter().map(org_id).collect()
}

/// A new tree: its root alone.
fn plant(
    tx: &WriteTransaction,
    id: &OrgId,
    description: &Description,
    revision: Revision,
) -> Result<(), StoreError> {
    let root = GroupRecord { id: id.root(), parent: None, description: description.clone() };
    let records = OrgRecords {
        id: id.clone(),
        revision,
        groups: vec![root],
        members: Vec::new(),
        delegations: Vec::new(),
        certs: Vec::new(),
    };
    put(tx, SNAPSHOTS, id.as_str(), &records.to_json()?)?;
    put(tx, ORGS, id.as_str(), &revision.0.to_string())?;
    put(tx, GROUPS, id.root().as_str(), id.as_str())
}

fn uproot(tx: &WriteTransaction, org: &Org) -> Result<(), StoreError> {
    let id = org.id().as_str();
    for change in tx.keys(CHANGES, id)? {
        remove(tx, CHANGES, &change)?;
    }
    tree::unlist(tx, org, org.root())?;
    remove(tx, SNAPSHOTS, id)?;
    remove(tx, ORGS, id)?;
    remove(tx, GROUPS, org.root().as_str())?;
    // One for the deletion, and one that nobody ever saw.
    put(tx, BYGONE, id, &org.revision().next().next().0.to_string())
}

/// Whether there is nothing but a root group; its own delegations go with it.
fn is_bare(org: &Org) -> bool {
    let root = org.group(org.root());
    org.groups().count() == 1 && root.is_some_and(|root| root.members().len() + root.certs().len() == 0)
}

/// Whether anything outside its tree refers to an organization.
fn is_referred_to(tx: &WriteTransaction, id: &OrgId) -> Result<bool, StoreError> {
    let elsewhere = |key: &String| nth(key, 1) != id.as_str();
    Ok(tx.any(ROLES, id.as_str())?
        || tx.keys(DELEGATIONS, id.as_str())?.iter().any(elsewhere)
        || tx.any(PLACES, id.root().as_str())?
        || tx.any(USERS, id.as_str())?)
}

fn summary(org: &Org) -> Option<OrgSummary> {
    let description = org.group(org.root())?.description().clone();
    Some(OrgSummary { id: org.id().clone(), description, revision: org.revision() })
}
