//! Filling a store, as provisioning does.

use chrono::{DateTime, Utc};
use ovgs_domain::{
    CertId, Change, Component, ComponentId, Delegate, Description, DomainCertificate, Facts, GroupId, Ien,
    Org, OrgId, Role, SerialNumber, User,
    commands::{self, NewDomainCert},
};
use ovgs_store::{Inventory, MemoryStore, Organizations, Placement};

use super::{org, stamp};

pub(crate) fn group_id(id: &str) -> GroupId {
    GroupId::parse(id).unwrap()
}

pub(crate) fn component_id(ien: &str, serial: &str) -> ComponentId {
    ComponentId { ien: Ien::parse(ien).unwrap(), serial_number: SerialNumber::parse(serial).unwrap() }
}

/// Creates an organization.
pub(crate) async fn create_org(store: &MemoryStore, id: &str) -> OrgId {
    let (id, description) = (org(id), Description::parse(id).unwrap());
    store.create_org(&id, &description, &stamp()).await.unwrap();
    id
}

/// Takes one step of a tree.
pub(crate) async fn commit(store: &MemoryStore, org: &OrgId, change: &Change) {
    let revision = store.revision(org).await.unwrap().unwrap();
    store.commit(org, revision, change, &stamp()).await.unwrap();
}

/// Makes a group with an id of the test's choice.
pub(crate) async fn create_group(store: &MemoryStore, org: &OrgId, id: &str, parent: &GroupId) -> GroupId {
    let group = group_id(id);
    let description = Description::parse(id).unwrap();
    commit(store, org, &Change::GroupCreated { group: group.clone(), parent: parent.clone(), description })
        .await;
    group
}

pub(crate) async fn grant(store: &MemoryStore, org: &OrgId, group: &GroupId, user: &User, role: Role) {
    commit(store, org, &Change::RoleAdded { group: group.clone(), user: user.clone(), role }).await;
}

pub(crate) async fn delegate(store: &MemoryStore, org: &OrgId, group: &GroupId, delegate: Delegate) {
    commit(store, org, &Change::DelegationAdded { group: group.clone(), delegate }).await;
}

/// Adds a domain certificate with an id of the test's choice.
pub(crate) async fn add_cert(
    store: &MemoryStore,
    tree: &Org,
    id: &str,
    group: &GroupId,
    der: &[u8],
    expiry_time: DateTime<Utc>,
) -> CertId {
    let id = CertId::parse(id).unwrap();
    let certificate = DomainCertificate::parse(der).unwrap();
    let new = NewDomainCert { group: group.clone(), certificate, revocation_checks: true, expiry_time };
    let change = commands::create_domain_cert(tree, id.clone(), new).unwrap();
    commit(store, tree.id(), &change).await;
    id
}

/// Enters a component and places it, if a group is named.
pub(crate) async fn add_component(
    store: &MemoryStore,
    org: &OrgId,
    id: &ComponentId,
    group: Option<&GroupId>,
    facts: Facts,
) {
    let component = Component { id: id.clone(), org: org.clone(), group: None, facts };
    store.ingest(&[component], &[], &stamp()).await.unwrap();
    if let Some(group) = group {
        let placement =
            Placement { component: id.clone(), org: org.clone(), from: None, to: Some(group.clone()) };
        store.place(&placement, &stamp()).await.unwrap();
    }
}
