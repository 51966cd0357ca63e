//! The journal's readings. Each is a seek on one index, in the order of positions; further conditions are filters.

use async_trait::async_trait;
use ovgs_domain::{Event, IssuedVoucher, User};
use sea_orm::{ConnectionTrait, Value};

use super::{
    Access, SqlStore,
    dialect::Ledger,
    error,
    query::{self, Fields},
    rows::{self, micros, type_number},
};
use crate::{
    EventFilter, Journal, JournaledVoucher, Position, RecordedEvent, Stamp, StoreError, VoucherFilter,
    json::Json,
};

#[async_trait]
impl Journal for SqlStore {
    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        match vouchers {
            [] => Ok(()),
            vouchers => match &self.access {
                Access::Direct(direct) => direct.append(vouchers).await,
                Access::Statements { queue, .. } => queue.append(vouchers).await,
            },
        }
    }

    async fn vouchers(
        &self,
        filter: &VoucherFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<JournaledVoucher>, StoreError> {
        let mut conditions = Conditions::after(after);
        if let Some(component) = &filter.component {
            conditions.equal("serial_number", component.serial_number.as_str());
            conditions.equal("ien", component.ien.to_string());
        }
        if let Some(cert) = &filter.cert {
            conditions.equal("cert_id", cert.as_str());
        }
        if let Some(org) = &filter.org {
            conditions.equal("org_id", org.as_str());
        }
        if let Some(since) = filter.since {
            conditions.add(|n| format!("at >= ${n}"), micros(since));
        }
        if let Some(time) = filter.valid_after {
            conditions.add(|n| format!("(expires_on > ${n} OR expires_on IS NULL)"), micros(time));
        }
        if let Some(settled) = self.settled(Ledger::Vouchers).await? {
            conditions.add(|n| format!("position <= ${n}"), settled);
        }
        let columns = "position, at, caller_org, caller_name, caller_type, request_id, org_id, ien, serial_number, \
             cert_id, pinned_cert, content, voucher, created_on, expires_on, issuer, signer_cert";
        let (sql, values) = conditions.select(columns, "vouchers", limit);
        let found = self.all(&sql, values).await?;
        let journaled = |row: &mut Fields<'_>| {
            Ok(JournaledVoucher { position: Position(row.int()?), voucher: rows::voucher(row)? })
        };
        found.iter().map(|row| Fields::of(row).read(journaled)).collect()
    }

    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let settled = self.settled(Ledger::Events).await?;
        let mut found = Vec::new();
        for way in ways(filter) {
            found.extend(self.events_by(*way, filter, Span { after, settled }, limit).await?);
        }
        // What several ways find is each time their first events, so the first of all are among them.
        found.sort_by_key(|event: &RecordedEvent| event.position);
        found.dedup_by_key(|event| event.position);
        found.truncate(limit);
        Ok(found)
    }
}

/// Which part of a ledger is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) after: Option<Position>,
    /// The last position to which nothing is still to come; `None` where nothing ever is.
    pub(super) settled: Option<i64>,
}

/// By which index events are sought.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    All,
    Org,
    NewOrg,
    User,
    Author,
    Component,
}

/// Which seeks together find every event that a filter admits.
fn ways(filter: &EventFilter) -> &'static [Way] {
    match filter {
        EventFilter { component: Some(_), .. } => &[Way::Component],
        EventFilter { user: Some(_), .. } => &[Way::User, Way::Author],
        EventFilter { org: Some(_), .. } => &[Way::Org, Way::NewOrg],
        _ => &[Way::All],
    }
}

/// The statement that goes one way, and its values.
pub(super) fn events_sql(way: Way, filter: &EventFilter, span: Span, limit: usize) -> (String, Vec<Value>) {
    let mut conditions = Conditions::after(span.after);
    if let Some(settled) = span.settled {
        conditions.add(|n| format!("position <= ${n}"), settled);
    }
    match (way, filter) {
        (Way::Org, EventFilter { org: Some(org), .. }) => conditions.equal("org_id", org.as_str()),
        (Way::NewOrg, EventFilter { org: Some(org), .. }) => conditions.equal("to_org_id", org.as_str()),
        (Way::User, EventFilter { user: Some(user), .. }) => {
            conditions.user(["user_org", "username", "user_type"], user);
        }
        (Way::Author, EventFilter { user: Some(user), .. }) => {
            conditions.user(["author_org", "author_name", "author_type"], user);
        }
        (Way::Component, EventFilter { component: Some(component), .. }) => {
            conditions.equal("serial_number", component.serial_number.as_str());
            conditions.equal("ien", component.ien.to_string());
        }
        _ => {}
    }
    if let (Way::Component, Some(user)) = (way, &filter.user) {
        conditions.spoken_of_or_author(user);
    }
    if let (Way::Component | Way::User | Way::Author, Some(org)) = (way, &filter.org) {
        conditions.add(|n| format!("(org_id = ${n} OR to_org_id = ${n})"), org.as_str());
    }
    if let Some(since) = filter.since {
        conditions.add(|n| format!("at >= ${n}"), micros(since));
    }
    conditions.select("position, author_org, author_name, author_type, at, event", "events", limit)
}

impl SqlStore {
    /// The last position in a ledger of which, and of all smaller ones, it is decided whether they are taken.
    async fn settled(&self, ledger: Ledger) -> Result<Option<i64>, StoreError> {
        let Some(settle) = self.dialect().settle(ledger) else { return Ok(None) };
        let last = format!("SELECT COALESCE(MAX(position), 0) FROM {}", ledger.table());
        let attempt = || async {
            let (_turn, tx) = self.begin().await?;
            tx.execute_unprepared(&settle).await.map_err(error::store)?;
            let row = query::one(&tx, &last, []).await?;
            tx.rollback().await.map_err(error::store)?;
            row.map(|row| Fields::of(&row).int()).transpose()
        };
        let again = |error: &StoreError| error::is_locked(error) || error::is_broken_off(error);
        self.trying_after(again, attempt).await
    }

    async fn events_by(
        &self,
        way: Way,
        filter: &EventFilter,
        span: Span,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let (sql, values) = events_sql(way, filter, span, limit);
        let found = self.all(&sql, values).await?;
        let recorded = |row: &mut Fields<'_>| {
            let position = Position(row.int()?);
            let author = rows::author(row.text_or_null()?, &row.text()?, row.int_or_null()?)?;
            let stamp = Stamp { author, at: rows::time(row.int()?)? };
            Ok(RecordedEvent { position, stamp, event: Event::from_json(&row.text()?)? })
        };
        found.iter().map(|row| Fields::of(row).read(recorded)).collect()
    }
}

/// Conditions that must all hold, and the values of their parameters.
struct Conditions {
    sql: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn after(after: Option<Position>) -> Conditions {
        let first = after.map_or(0, |after| after.0);
        Conditions { sql: vec!["position > $1".into()], values: vec![first.into()] }
    }

    /// Adds a condition on one value, whose parameter has the number that `sql` is given.
    fn add(&mut self, sql: impl FnOnce(usize) -> String, value: impl Into<Value>) {
        self.values.push(value.into());
        self.sql.push(sql(self.values.len()));
    }

    fn equal(&mut self, column: &str, value: impl Into<Value>) {
        self.add(|n| format!("{column} = ${n}"), value);
    }

    fn user(&mut self, [org, name, user_type]: [&str; 3], user: &User) {
        self.equal(org, user.org.as_str());
        self.equal(name, user.username.as_str());
        self.equal(user_type, type_number(user.user_type));
    }

    fn spoken_of_or_author(&mut self, user: &User) {
        let (a, b, c) = (self.values.len() + 1, self.values.len() + 2, self.values.len() + 3);
        self.values.extend([
            user.org.as_str().into(),
            user.username.as_str().into(),
            type_number(user.user_type).into(),
        ]);
        self.sql.push(format!(
            "((user_org = ${a} AND username = ${b} AND user_type = ${c})
              OR (author_org = ${a} AND author_name = ${b} AND author_type = ${c}))"
        ));
    }

    fn select(mut self, columns: &str, table: &str, limit: usize) -> (String, Vec<Value>) {
        let conditions = self.sql.join(" AND ");
        self.values.push(query::limit(limit).into());
        let last = self.values.len();
        let sql = format!("SELECT {columns} FROM {table} WHERE {conditions} ORDER BY position LIMIT ${last}");
        (sql, self.values)
    }
}
