//! One step of a tree, as rows. A row that is not there, or there already, is a conflict: the tree is not what the writer
//! saw.

use ovgs_domain::{CertId, Change, Delegate, Description, DomainCert, GroupId, OrgId, Role, User};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, DatabaseTransaction, DbErr, DeleteResult,
    EntityTrait, IntoActiveModel, QueryFilter,
};

use super::{
    entity, error,
    rows::{micros, type_number},
};
use crate::StoreError;

/// Takes the step. The organization's revision has moved, so this transaction has the tree for itself.
pub(super) async fn take(tx: &DatabaseTransaction, org: &OrgId, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::GroupCreated { group, parent, description } => {
            create_group(tx, org, group, Some(parent), description).await
        }
        Change::GroupDeleted { group } => delete_group(tx, org, group).await,
        Change::DelegationAdded { group, delegate } => add_delegation(tx, org, group, delegate).await,
        Change::DelegationRemoved { group, delegate } => remove_delegation(tx, org, group, delegate).await,
        Change::RoleAdded { group, user, role } => add_role(tx, org, group, user, *role).await,
        Change::RoleRemoved { group, user } => remove_role(tx, org, group, user).await,
        Change::DomainCertCreated { group, cert, der } => create_cert(tx, org, group, cert, der).await,
        Change::DomainCertDeleted { group, cert } => delete_cert(tx, org, group, cert).await,
    }
}

/// Enters a group; a root has no parent.
pub(super) async fn create_group(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    parent: Option<&GroupId>,
    description: &Description,
) -> Result<(), StoreError> {
    let row = entity::group::Model {
        id: group.to_string(),
        org_id: org.to_string(),
        parent_id: parent.map(GroupId::to_string),
        description: description.to_string(),
    };
    insert(tx, row).await
}

/// Foreign keys refuse while there is anything in it or below it, components included.
async fn delete_group(tx: &DatabaseTransaction, org: &OrgId, group: &GroupId) -> Result<(), StoreError> {
    use entity::{delegation, group};
    let delegations = delegation::Entity::delete_many()
        .filter(delegation::Column::OrgId.eq(org.as_str()))
        .filter(delegation::Column::GroupId.eq(group.as_str()));
    delegations.exec(tx).await.map_err(error::store)?;
    let row = group::Entity::delete_by_id(group.as_str())
        .filter(group::Column::OrgId.eq(org.as_str()))
        .filter(group::Column::ParentId.is_not_null());
    exactly_one(row.exec(tx).await)
}

async fn add_delegation(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    delegate: &Delegate,
) -> Result<(), StoreError> {
    let delegate_org = match delegate {
        Delegate::Any => None,
        Delegate::Org(org) => Some(org.to_string()),
    };
    let row = entity::delegation::Model {
        org_id: org.to_string(),
        group_id: group.to_string(),
        delegate: delegate.to_string(),
        delegate_org,
    };
    insert(tx, row).await
}

async fn remove_delegation(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    delegate: &Delegate,
) -> Result<(), StoreError> {
    let key = (org.to_string(), group.to_string(), delegate.to_string());
    exactly_one(entity::delegation::Entity::delete_by_id(key).exec(tx).await)
}

async fn add_role(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    user: &User,
    role: Role,
) -> Result<(), StoreError> {
    let row = entity::member::Model {
        org_id: org.to_string(),
        group_id: group.to_string(),
        user_org: user.org.to_string(),
        username: user.username.to_string(),
        user_type: type_number(user.user_type),
        role: role.as_str().into(),
    };
    insert(tx, row).await
}

async fn remove_role(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    user: &User,
) -> Result<(), StoreError> {
    let key = (
        org.to_string(),
        group.to_string(),
        user.org.to_string(),
        user.username.to_string(),
        type_number(user.user_type),
    );
    exactly_one(entity::member::Entity::delete_by_id(key).exec(tx).await)
}

async fn create_cert(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    cert: &DomainCert,
    der: &[u8],
) -> Result<(), StoreError> {
    let row = entity::cert::Model {
        id: cert.id.to_string(),
        org_id: org.to_string(),
        group_id: group.to_string(),
        fingerprint: cert.fingerprint.as_bytes().to_vec(),
        revocation_checks: cert.revocation_checks,
        expiry_time: micros(cert.expiry_time),
        not_after: micros(cert.not_after),
        der: der.to_vec(),
    };
    insert(tx, row).await
}

async fn delete_cert(
    tx: &DatabaseTransaction,
    org: &OrgId,
    group: &GroupId,
    cert: &CertId,
) -> Result<(), StoreError> {
    let row = entity::cert::Entity::delete_by_id(cert.as_str())
        .filter(entity::cert::Column::OrgId.eq(org.as_str()))
        .filter(entity::cert::Column::GroupId.eq(group.as_str()));
    exactly_one(row.exec(tx).await)
}

/// Enters a row of any table.
pub(super) async fn insert<R, A>(tx: &DatabaseTransaction, row: R) -> Result<(), StoreError>
where
    R: IntoActiveModel<A>,
    A: ActiveModelTrait + ActiveModelBehavior,
{
    let entered = A::Entity::insert(row.into_active_model()).exec_without_returning(tx).await;
    entered.map(drop).map_err(error::store)
}

fn exactly_one(deleted: Result<DeleteResult, DbErr>) -> Result<(), StoreError> {
    match deleted.map_err(error::store)?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}
