//! Trees, and whether their kept changes lead to what they are.

use ovgs_domain::{
    Delegate, DomainCert, Event, GroupId, GroupRecord, Org, OrgId, OrgRecords, Revision, Role, User,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Check, Rule, reason};
use crate::{
    StoreError,
    json::Json,
    sql::{
        backup::{Column, Kind},
        entity, error,
        pages::Pages,
        query::{self, Fields},
        rows,
    },
};

impl Check<'_> {
    pub(super) async fn trees(&mut self) -> Result<(), StoreError> {
        let mut pages = Pages::of(vec![Column { name: "id", kind: Kind::Text }], "revision", "orgs");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.counted("orgs", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let (id, number) = (row.text()?, row.int()?);
                let what = || format!("organization `{id}`");
                let Some(org) = self.read(what, rows::org_id(&id)) else { continue };
                let Some(revision) = self.read(what, rows::revision(number)) else { continue };
                let Some(tree) = self.tree(&org, revision).await? else { continue };
                self.history(&org, Some(&tree)).await?;
            }
        }
    }

    /// The trees of deleted organizations must have ended.
    pub(super) async fn histories_of_the_gone(&mut self) -> Result<(), StoreError> {
        let next = "SELECT MIN(org_id) FROM events WHERE org_id > $1 AND revision IS NOT NULL";
        let exists = "SELECT 1 FROM orgs WHERE id = $1";
        // No id is empty.
        let mut last = String::new();
        loop {
            let row = query::one(self.tx, next, [last.as_str().into()]).await?;
            let found = row.map(|row| Fields::of(&row).text_or_null()).transpose()?.flatten();
            let Some(id) = found else { return Ok(()) };
            if query::one(self.tx, exists, [id.as_str().into()]).await?.is_none()
                && let Some(org) = self.read(|| format!("organization `{id}`"), rows::org_id(&id))
            {
                self.history(&org, None).await?;
            }
            last = id;
        }
    }

    /// Puts a tree together; `None` and violations if that cannot be.
    async fn tree(&mut self, org: &OrgId, revision: Revision) -> Result<Option<Org>, StoreError> {
        let before = self.checked.violations;
        let groups = self.groups(org).await?;
        let members = self.members(org).await?;
        let delegations = self.delegations(org).await?;
        let certs = self.certs(org).await?;
        if self.checked.violations > before {
            return Ok(None);
        }
        let records = OrgRecords { id: org.clone(), revision, groups, members, delegations, certs };
        match Org::from_records(records) {
            Ok(tree) => Ok(Some(tree)),
            Err(misfit) => {
                self.violated(Rule::Tree, format!("the tree of `{org}`"), misfit.to_string());
                Ok(None)
            }
        }
    }

    async fn groups(&mut self, org: &OrgId) -> Result<Vec<GroupRecord>, StoreError> {
        use entity::group::{Column, Entity};
        let found = Entity::find().filter(Column::OrgId.eq(org.as_str())).all(self.tx).await;
        let found = found.map_err(error::store)?;
        self.counted("groups", found.len());
        let read = |row: entity::group::Model| {
            let what = format!("group `{}` of `{org}`", row.id);
            self.read(|| what, rows::group(row))
        };
        Ok(found.into_iter().filter_map(read).collect())
    }

    async fn members(&mut self, org: &OrgId) -> Result<Vec<(GroupId, User, Role)>, StoreError> {
        use entity::member::{Column, Entity};
        let found = Entity::find().filter(Column::OrgId.eq(org.as_str())).all(self.tx).await;
        let found = found.map_err(error::store)?;
        self.counted("members", found.len());
        let read = |row: &entity::member::Model| {
            let what = || format!("member `{}` of group `{}` of `{org}`", row.username, row.group_id);
            self.read(what, rows::member(row))
        };
        Ok(found.iter().filter_map(read).collect())
    }

    async fn delegations(&mut self, org: &OrgId) -> Result<Vec<(GroupId, Delegate)>, StoreError> {
        use entity::delegation::{Column, Entity};
        let found = Entity::find().filter(Column::OrgId.eq(org.as_str())).all(self.tx).await;
        let found = found.map_err(error::store)?;
        self.counted("delegations", found.len());
        let read = |row: &entity::delegation::Model| {
            let what = || format!("delegation of group `{}` of `{org}`", row.group_id);
            self.read(what, rows::delegation(row))
        };
        Ok(found.iter().filter_map(read).collect())
    }

    async fn certs(&mut self, org: &OrgId) -> Result<Vec<(GroupId, DomainCert)>, StoreError> {
        use entity::cert::{Column, Entity};
        let columns = [
            Column::GroupId,
            Column::Id,
            Column::Fingerprint,
            Column::RevocationChecks,
            Column::ExpiryTime,
            Column::NotAfter,
        ];
        let found = Entity::find().select_only().columns(columns).filter(Column::OrgId.eq(org.as_str()));
        let found = found.into_tuple::<(String, String, Vec<u8>, bool, i64, i64)>().all(self.tx).await;
        let found = found.map_err(error::store)?;
        self.counted("certs", found.len());
        let read = |(group, id, fingerprint, checks, expiry, not_after): (String, String, _, _, _, _)| {
            let read =
                || Ok((rows::group_id(&group)?, rows::cert(&id, fingerprint, checks, expiry, not_after)?));
            self.read(|| format!("certificate `{id}` of `{org}`"), read())
        };
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// Goes through the kept changes of a tree, from its creation to what it is now; `None`: it is gone.
    async fn history(&mut self, org: &OrgId, present: Option<&Org>) -> Result<(), StoreError> {
        let revision = Column { name: "revision", kind: Kind::Int };
        let mut pages = Pages::of(vec![revision], "event", "events").with("org_id", org.as_str(), "revision");
        let mut replay = Replay { org, tree: None, last: None };
        let what = || format!("the history of `{org}`");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                let mut row = Fields::of(row);
                let (number, event) = (row.int()?, row.text()?);
                if let Err(why) = replay.step(number, &event) {
                    self.violated(Rule::History, what(), why);
                    return Ok(());
                }
            }
        }
        if let Err(why) = replay.must_lead_to(present) {
            self.violated(Rule::History, what(), why);
        }
        Ok(())
    }
}

/// A tree as its changes make it.
struct Replay<'a> {
    org: &'a OrgId,
    tree: Option<Org>,
    last: Option<u64>,
}

impl Replay<'_> {
    fn step(&mut self, number: i64, event: &str) -> Result<(), String> {
        let Revision(number) = rows::revision(number).map_err(|error| reason(&error))?;
        let expected = self.last.map_or(0, |last| last + 1);
        if number != expected {
            return Err(format!("revision {expected} is missing, the next one is {number}"));
        }
        self.last = Some(number);
        let event =
            Event::from_json(event).map_err(|error| format!("at revision {number} {}", reason(&error)))?;
        match (event, &mut self.tree) {
            (Event::OrgCreated { org, description }, None) if org == *self.org => {
                let mut records = Org::new(org, description).records();
                records.revision = Revision(number);
                self.tree = Org::from_records(records).ok();
                Ok(())
            }
            (Event::TreeChanged { org, revision, change }, Some(tree))
                if org == *self.org && revision == Revision(number) =>
            {
                tree.apply(&change).map_err(|misfit| format!("at revision {number} {misfit}"))
            }
            (Event::OrgDeleted { org }, Some(_)) if org == *self.org => {
                self.tree = None;
                Ok(())
            }
            _ => Err(format!("its event at revision {number} does not follow from what was before")),
        }
    }

    fn must_lead_to(&self, present: Option<&Org>) -> Result<(), String> {
        match (&self.tree, present) {
            (None, None) => Ok(()),
            (Some(replayed), Some(present)) if replayed == present => Ok(()),
            (Some(replayed), Some(present)) if replayed.revision() != present.revision() => Err(format!(
                "it ends at revision {}, and the tree is at {}",
                replayed.revision(),
                present.revision()
            )),
            (Some(_), Some(_)) => Err("its changes do not lead to the present tree".into()),
            (None, Some(_)) => Err("it does not tell how the organization came to be".into()),
            (Some(_), None) => Err("it does not tell how the organization ended".into()),
        }
    }
}
