//! Trees: the last snapshot, and the changes since.

use ovgs_domain::{Change, Delegate, Group, GroupId, Org, OrgId, OrgRecords, Revision};
use ovgs_store::{StoreError, json::Json};
use redb::WriteTransaction;

use crate::tables::{
    CERT_BYTES, CERTS, CHANGES, DELEGATIONS, GROUPS, Go, ORGS, PLACES, ROLES, Rows, SNAPSHOTS, failed, key,
    nth, number, put, remove, revision, user_key,
};

/// After so many changes a new snapshot is worth its writing.
const SNAPSHOT_EVERY: u64 = 64;

/// The tree of an organization at its present revision.
pub(crate) fn load(rows: &impl Rows, id: &OrgId) -> Result<Option<Org>, StoreError> {
    let Some(snapshot) = rows.value(SNAPSHOTS, id.as_str())? else { return Ok(None) };
    let records = OrgRecords::from_json(&snapshot)?;
    let since = records.revision;
    let mut org = Org::from_records(records).map_err(|misfit| StoreError::corrupt("a tree", misfit))?;
    for change in changes(rows, id, since)? {
        org.apply(&change).map_err(|misfit| StoreError::corrupt("a change", misfit))?;
    }
    Ok(Some(org))
}

/// The changes that are kept after a revision, in order.
pub(crate) fn changes(rows: &impl Rows, id: &OrgId, since: Revision) -> Result<Vec<Change>, StoreError> {
    let after = key([id.as_str(), &number(since.0)]);
    let mut changes = Vec::new();
    rows.visit(CHANGES, id.as_str(), Some(&after), &mut |_, change| {
        changes.push(Change::from_json(change)?);
        Ok(Go::On)
    })?;
    Ok(changes)
}

/// The revision at which an organization began: that before its first change.
pub(crate) fn born(rows: &impl Rows, id: &OrgId, present: Revision) -> Result<Revision, StoreError> {
    let mut first = None;
    rows.visit(CHANGES, id.as_str(), None, &mut |key, _| {
        first = Some(revision(nth(key, 1))?);
        Ok(Go::Enough)
    })?;
    Ok(first.map_or(present, |first| Revision(first.0.saturating_sub(1))))
}

/// Takes one step: the change, the revision it leads to, and now and then a snapshot.
pub(crate) fn advance(tx: &WriteTransaction, org: &mut Org, change: &Change) -> Result<(), StoreError> {
    check(tx, org.id(), change)?;
    index(tx, org, change)?;
    org.apply(change).map_err(|_| StoreError::Conflict)?;
    let (id, revision) = (org.id().as_str(), org.revision().0);
    put(tx, CHANGES, &key([id, &number(revision)]), &change.to_json()?)?;
    put(tx, ORGS, id, &revision.to_string())?;
    if revision % SNAPSHOT_EVERY == 0 {
        put(tx, SNAPSHOTS, id, &org.records().to_json()?)?;
    }
    Ok(())
}

/// Forgets a group's delegation list, which goes with the group.
pub(crate) fn unlist(tx: &WriteTransaction, tree: &Org, group: &GroupId) -> Result<(), StoreError> {
    for delegate in tree.group(group).into_iter().flat_map(Group::delegates) {
        remove(tx, DELEGATIONS, &key([delegate.as_str(), tree.id().as_str(), group.as_str()]))?;
    }
    Ok(())
}

/// What a tree cannot know of itself.
fn check(tx: &WriteTransaction, org: &OrgId, change: &Change) -> Result<(), StoreError> {
    let fits = match change {
        Change::GroupCreated { group, .. } => tx.value(GROUPS, group.as_str())?.is_none(),
        Change::GroupDeleted { group } => !tx.any(PLACES, group.as_str())?,
        Change::DelegationAdded { delegate: Delegate::Org(org), .. } => known(tx, org)?,
        Change::RoleAdded { user, .. } => user.org == *org || known(tx, &user.org)?,
        Change::DomainCertCreated { cert, .. } => tx.value(CERTS, cert.id.as_str())?.is_none(),
        Change::DelegationAdded { delegate: Delegate::Any, .. }
        | Change::DelegationRemoved { .. }
        | Change::RoleRemoved { .. }
        | Change::DomainCertDeleted { .. } => true,
    };
    if fits { Ok(()) } else { Err(StoreError::Conflict) }
}

fn known(tx: &WriteTransaction, org: &OrgId) -> Result<bool, StoreError> {
    Ok(tx.value(ORGS, org.as_str())?.is_some())
}

/// Keeps what is found without knowing the organization, of a change to the tree as it is before.
fn index(tx: &WriteTransaction, tree: &Org, change: &Change) -> Result<(), StoreError> {
    let org = tree.id().as_str();
    match change {
        Change::GroupCreated { group, .. } => put(tx, GROUPS, group.as_str(), org),
        Change::GroupDeleted { group } => {
            remove(tx, GROUPS, group.as_str())?;
            unlist(tx, tree, group)
        }
        Change::DelegationAdded { group, delegate } => {
            put(tx, DELEGATIONS, &key([delegate.as_str(), org, group.as_str()]), "")
        }
        Change::DelegationRemoved { group, delegate } => {
            remove(tx, DELEGATIONS, &key([delegate.as_str(), org, group.as_str()])).map(drop)
        }
        Change::RoleAdded { group, user, .. } => {
            put(tx, ROLES, &key([&user_key(user), org, group.as_str()]), "")
        }
        Change::RoleRemoved { group, user } => {
            remove(tx, ROLES, &key([&user_key(user), org, group.as_str()])).map(drop)
        }
        Change::DomainCertCreated { cert, der, .. } => {
            put(tx, CERTS, cert.id.as_str(), org)?;
            let mut bytes = tx.open_table(CERT_BYTES).map_err(failed)?;
            bytes.insert(cert.id.as_str(), &der[..]).map_err(failed)?;
            Ok(())
        }
        Change::DomainCertDeleted { cert, .. } => {
            remove(tx, CERTS, cert.as_str())?;
            tx.open_table(CERT_BYTES).map_err(failed)?.remove(cert.as_str()).map_err(failed)?;
            Ok(())
        }
    }
}
