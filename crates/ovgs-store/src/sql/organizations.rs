//! Trees: readings, and the one conditional write.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use ovgs_domain::{
    CertId, Change, Description, DomainCert, Event, GroupId, Org, OrgId, OrgRecords, Revision, User,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, ExprTrait,
    QueryFilter, QuerySelect, TransactionTrait, sea_query::Expr,
};
use tokio::time::timeout;

use super::{
    SqlStore,
    dialect::Dialect,
    entity, error,
    query::{self, Fields},
    record,
    rows::{self, revision_number, type_number},
    step,
};
use crate::{OrgSummary, Organizations, Stamp, StoreError, json::Json};

/// How long a reading of the copy may take, before the primary is asked.
const COPY: Duration = Duration::from_secs(3);

/// The present revision and the events after an older one, in one reading. Without any, the revision stands alone.
pub(super) const CHANGES_SINCE: &str = "SELECT o.revision, e.event FROM orgs o
    LEFT JOIN events e ON e.org_id = o.id AND e.revision > $2
    WHERE o.id = $1 ORDER BY e.revision";

pub(super) const ORG_OF_GROUP: &str =
    "SELECT o.id, o.revision FROM groups g JOIN orgs o ON o.id = g.org_id WHERE g.id = $1";

pub(super) const ORG_OF_CERT: &str =
    "SELECT o.id, o.revision FROM certs c JOIN orgs o ON o.id = c.org_id WHERE c.id = $1";

pub(super) const ORGS_OF_MEMBER: &str =
    "SELECT DISTINCT o.id, o.revision FROM members m JOIN orgs o ON o.id = m.org_id
    WHERE m.user_org = $1 AND m.username = $2 AND m.user_type = $3 ORDER BY o.id";

#[async_trait]
impl Organizations for SqlStore {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        self.trying(|| async {
            let Some(replica) = &self.connections.replica else { return tree(self.readers(), id).await };
            // Only the primary says how new a tree must be.
            let Some(needed) = revision_in(self.readers(), id).await? else { return Ok(None) };
            match timeout(COPY, tree(replica, id)).await {
                Ok(Ok(Some(org))) if org.revision() >= needed => Ok(Some(org)),
                _ => tree(self.readers(), id).await,
            }
        })
        .await
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        self.trying(|| revision_in(self.readers(), id)).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let values = [id.as_str().into(), revision_number(since).into()];
        let found = self.all(CHANGES_SINCE, values).await?;
        let mut present = None;
        let mut changes = Vec::with_capacity(found.len());
        for row in &found {
            let mut row = Fields::of(row);
            present = Some(rows::revision(row.int()?)?);
            match row.text_or_null()?.map(|event| Event::from_json(&event)).transpose()? {
                Some(Event::TreeChanged { change, .. }) => changes.push(change),
                // Here an older tree of that id ended, or this one began.
                Some(_) => return Ok(None),
                None => {}
            }
        }
        let complete =
            present.is_some_and(|present| since.0.checked_add(changes.len() as u64) == Some(present.0));
        Ok(complete.then_some(changes))
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let row = self.one(ORG_OF_GROUP, [id.as_str().into()]).await?;
        row.map(|row| Fields::of(&row).read(id_and_revision)).transpose()
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let row = self.one(ORG_OF_CERT, [id.as_str().into()]).await?;
        row.map(|row| Fields::of(&row).read(id_and_revision)).transpose()
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        let User { org, username, user_type } = user;
        let values = [org.as_str().into(), username.as_str().into(), type_number(*user_type).into()];
        let found = self.all(ORGS_OF_MEMBER, values).await?;
        found.iter().map(|row| Fields::of(row).read(id_and_revision)).collect()
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.trying(|| async {
            // What is there is the same everywhere; what is not may only have to arrive.
            let copy = match &self.connections.replica {
                Some(replica) => timeout(COPY, der(replica, id)).await.ok().and_then(Result::ok).flatten(),
                None => None,
            };
            match copy {
                Some(der) => Ok(Some(der)),
                None => der(self.readers(), id).await,
            }
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
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            advance(&tx, org, expected).await?;
            step::take(&tx, org, change).await?;
            let (org, revision, change) = (org.clone(), expected.next(), change.clone());
            record::event(&tx, stamp, &Event::TreeChanged { org, revision, change }).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            // Whoever deletes one of that id meanwhile is waited for here, and so counts from here on.
            let enter = "INSERT INTO orgs (id, revision) VALUES ($1, 0) ON CONFLICT DO NOTHING";
            if query::run(&tx, enter, [id.as_str().into()]).await? == 0 {
                return Ok(false);
            }
            let born = first_revision(&tx, id).await?;
            let begin = "UPDATE orgs SET revision = $2 WHERE id = $1";
            query::run(&tx, begin, [id.as_str().into(), revision_number(born).into()]).await?;
            step::create_group(&tx, id, &id.root(), None, description).await?;
            let event = Event::OrgCreated { org: id.clone(), description: description.clone() };
            record::milestone(&tx, stamp, &event, born).await?;
            tx.commit().await.map_err(error::outcome_unknown)?;
            Ok(true)
        })
        .await
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        self.trying(|| async {
            let (_turn, tx) = self.begin().await?;
            advance(&tx, id, expected).await?;
            // Foreign keys refuse while anything else refers to the root group or to the organization.
            let own = [
                "DELETE FROM delegations WHERE org_id = $1 AND group_id = $1",
                "DELETE FROM groups WHERE org_id = $1 AND id = $1",
                "DELETE FROM orgs WHERE id = $1",
            ];
            for sql in own {
                query::run(&tx, sql, [id.as_str().into()]).await?;
            }
            record::milestone(&tx, stamp, &Event::OrgDeleted { org: id.clone() }, expected.next()).await?;
            tx.commit().await.map_err(error::outcome_unknown)
        })
        .await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        let sql = "SELECT o.id, o.revision, g.description FROM orgs o JOIN groups g ON g.id = o.id
            WHERE o.id > $1 ORDER BY o.id LIMIT $2";
        // No id is empty.
        let after = after.map_or("", |after| after.as_str());
        let found = self.all(sql, [after.into(), query::limit(limit).into()]).await?;
        let summary = |row: &mut Fields<'_>| {
            let (id, revision) = id_and_revision(row)?;
            Ok(OrgSummary { id, revision, description: rows::org_description(&row.text()?)? })
        };
        found.iter().map(|row| Fields::of(row).read(summary)).collect()
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let sql = "SELECT DISTINCT org_id FROM delegations WHERE delegate_org = $1 ORDER BY org_id";
        self.org_ids(sql, delegate).await
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let sql = "SELECT DISTINCT org_id FROM members WHERE user_org = $1 ORDER BY org_id";
        self.org_ids(sql, org).await
    }
}

impl SqlStore {
    async fn org_ids(&self, sql: &str, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let found = self.all(sql, [org.as_str().into()]).await?;
        found.iter().map(|row| rows::org_id(&Fields::of(row).text()?)).collect()
    }
}

/// The compare-and-set that every step begins with. It also takes the row's lock, so that whoever commits next to the
/// same organization waits, and then finds that the revision moved.
async fn advance(tx: &DatabaseTransaction, org: &OrgId, expected: Revision) -> Result<(), StoreError> {
    use entity::org::{Column, Entity};
    let step = Entity::update_many()
        .col_expr(Column::Revision, Expr::col(Column::Revision).add(1))
        .filter(Column::Id.eq(org.as_str()))
        .filter(Column::Revision.eq(revision_number(expected)));
    match step.exec(tx).await.map_err(error::store)?.rows_affected {
        0 => Err(StoreError::Conflict),
        _ => Ok(()),
    }
}

/// A whole tree, in one consistent reading.
async fn tree(db: &DatabaseConnection, id: &OrgId) -> Result<Option<Org>, StoreError> {
    let snapshot = db.begin_with_options(Dialect::of(db).snapshot()).await.map_err(error::store)?;
    let Some(revision) = revision_in(&snapshot, id).await? else { return Ok(None) };
    let records = records(&snapshot, id, revision).await?;
    snapshot.rollback().await.map_err(error::store)?;
    Org::from_records(records).map(Some).map_err(rows::corrupt("a tree"))
}

async fn der(db: &DatabaseConnection, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
    let der = entity::cert::Entity::find_by_id(id.as_str())
        .select_only()
        .column(entity::cert::Column::Der)
        .into_tuple::<Vec<u8>>();
    Ok(der.one(db).await.map_err(error::store)?.map(Arc::from))
}

async fn revision_in(db: &impl ConnectionTrait, id: &OrgId) -> Result<Option<Revision>, StoreError> {
    let found = entity::org::Entity::find_by_id(id.as_str()).one(db).await.map_err(error::store)?;
    found.map(|row| rows::revision(row.revision)).transpose()
}

/// Above everything that a tree of this id ever reached.
async fn first_revision(tx: &DatabaseTransaction, id: &OrgId) -> Result<Revision, StoreError> {
    let sql = "SELECT MAX(revision) FROM events WHERE org_id = $1 AND revision IS NOT NULL";
    let row = query::one(tx, sql, [id.as_str().into()]).await?;
    let last = row.map(|row| Fields::of(&row).int_or_null()).transpose()?.flatten();
    last.map_or(Ok(Revision::default()), |last| rows::revision(last).map(Revision::next))
}

async fn records(
    db: &impl ConnectionTrait,
    id: &OrgId,
    revision: Revision,
) -> Result<OrgRecords, StoreError> {
    use entity::{delegation, group, member};
    let org = || id.as_str();
    let groups = group::Entity::find().filter(group::Column::OrgId.eq(org()));
    let members = member::Entity::find().filter(member::Column::OrgId.eq(org()));
    let delegations = delegation::Entity::find().filter(delegation::Column::OrgId.eq(org()));
    let groups = groups.all(db).await.map_err(error::store)?;
    let members = members.all(db).await.map_err(error::store)?;
    let delegations = delegations.all(db).await.map_err(error::store)?;
    Ok(OrgRecords {
        id: id.clone(),
        revision,
        groups: groups.into_iter().map(rows::group).collect::<Result<_, _>>()?,
        members: members.iter().map(rows::member).collect::<Result<_, _>>()?,
        delegations: delegations.iter().map(rows::delegation).collect::<Result<_, _>>()?,
        certs: certs(db, id).await?,
    })
}

/// The certificates of a tree, without their bytes.
async fn certs(db: &impl ConnectionTrait, org: &OrgId) -> Result<Vec<(GroupId, DomainCert)>, StoreError> {
    use entity::cert::{Column, Entity};
    let certs = Entity::find()
        .select_only()
        .columns([
            Column::GroupId,
            Column::Id,
            Column::Fingerprint,
            Column::RevocationChecks,
            Column::ExpiryTime,
            Column::NotAfter,
        ])
        .filter(Column::OrgId.eq(org.as_str()))
        .into_tuple::<(String, String, Vec<u8>, bool, i64, i64)>();
    let certs = certs.all(db).await.map_err(error::store)?;
    let read = |(group, id, fingerprint, checks, expiry, not_after): (String, String, _, _, _, _)| {
        Ok((rows::group_id(&group)?, rows::cert(&id, fingerprint, checks, expiry, not_after)?))
    };
    certs.into_iter().map(read).collect()
}

fn id_and_revision(row: &mut Fields<'_>) -> Result<(OrgId, Revision), StoreError> {
    Ok((rows::org_id(&row.text()?)?, rows::revision(row.int()?)?))
}
