//! Rows that are read one by one.

use ovgs_domain::{Event, Fingerprint, Revision};

use super::{Check, Rule};
use crate::{
    Stamp, StoreError,
    json::Json,
    sql::{
        backup::{Column, Kind},
        pages::Pages,
        query::Fields,
        rows::{self, type_number},
    },
    subjects::Subjects,
};

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const POSITION: Column = Column { name: "position", kind: Kind::Int };

impl Check<'_> {
    pub(super) async fn certificates(&mut self) -> Result<(), StoreError> {
        let mut pages = Pages::of(vec![text("id")], "fingerprint, der", "certs");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            for row in &page {
                let mut row = Fields::of(row);
                let (id, fingerprint, der) = (row.text()?, row.bytes()?, row.bytes()?);
                if fingerprint != Fingerprint::of(&der).as_bytes() {
                    let why = "its fingerprint is not that of its bytes";
                    self.violated(Rule::Fingerprint, format!("certificate `{id}`"), why);
                }
            }
        }
    }

    pub(super) async fn components(&mut self) -> Result<(), StoreError> {
        let key = vec![text("c.serial_number"), text("c.ien")];
        let mut pages = Pages::of(key, rows::COMPONENT, "components c");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.counted("components", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let (serial, ien) = (row.text()?, row.text()?);
                self.read(|| format!("component `{ien}/{serial}`"), rows::component(&mut row));
            }
        }
    }

    pub(super) async fn accounts(&mut self) -> Result<(), StoreError> {
        let user_type = Column { name: "user_type", kind: Kind::Int };
        let key = vec![text("org_id"), text("username"), user_type];
        let mut pages = Pages::of(key, "0", "users");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                break;
            }
            self.counted("users", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let (org, name, user_type) = (row.text()?, row.text()?, row.int()?);
                self.read(|| format!("user `{name}` of `{org}`"), rows::user(&org, &name, user_type));
            }
        }
        self.tokens().await
    }

    async fn tokens(&mut self) -> Result<(), StoreError> {
        let columns = "org_id, username, user_type, issued_at, expires_at, revoked_at, last_used_at";
        let mut pages = Pages::of(vec![text("jti")], columns, "tokens");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.counted("tokens", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let jti = row.text()?;
                self.read(|| format!("token `{jti}`"), token(&mut row));
            }
        }
    }

    pub(super) async fn vouchers(&mut self) -> Result<(), StoreError> {
        let columns = "at, caller_org, caller_name, caller_type, request_id, org_id, ien, serial_number, cert_id, \
             pinned_cert, content, voucher, created_on, expires_on, issuer, signer_cert";
        let mut pages = Pages::of(vec![POSITION], columns, "vouchers");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.counted("vouchers", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let what = format!("voucher {} of the journal", row.int()?);
                let Some(voucher) = self.read(|| what.clone(), rows::voucher(&mut row)) else { continue };
                if voucher.expires_on.is_some_and(|end| end <= voucher.created_on) {
                    self.violated(Rule::Times, what, "it expired before it was created");
                }
            }
        }
    }

    pub(super) async fn events(&mut self) -> Result<(), StoreError> {
        let columns = "author_org, author_name, author_type, at, event, revision, org_id, to_org_id, user_org, username, \
             user_type, ien, serial_number";
        let mut pages = Pages::of(vec![POSITION], columns, "events");
        loop {
            let page = pages.next(self.tx).await?;
            if page.is_empty() {
                return Ok(());
            }
            self.counted("events", page.len());
            for row in &page {
                let mut row = Fields::of(row);
                let what = format!("event {} of the journal", row.int()?);
                let Some(event) = self.read(|| what.clone(), event(&mut row)) else { continue };
                let filed = Filed::read(&mut row)?;
                if filed != Filed::of(&event, filed.revision) {
                    self.violated(Rule::Filing, what, "it is not filed under what it speaks of");
                }
            }
        }
    }
}

fn token(row: &mut Fields<'_>) -> Result<(), StoreError> {
    rows::user(&row.text()?, &row.text()?, row.int()?)?;
    for _ in ["issued_at", "expires_at", "revoked_at", "last_used_at"] {
        row.int_or_null()?.map(rows::time).transpose()?;
    }
    Ok(())
}

fn event(row: &mut Fields<'_>) -> Result<Event, StoreError> {
    let author = rows::author(row.text_or_null()?, &row.text()?, row.int_or_null()?)?;
    let _readable = Stamp { author, at: rows::time(row.int()?)? };
    Event::from_json(&row.text()?)
}

/// The columns by which an event is found.
#[derive(Debug, PartialEq, Eq)]
struct Filed {
    revision: Option<i64>,
    org: String,
    to_org: Option<String>,
    user: (Option<String>, Option<String>, Option<i64>),
    component: (Option<String>, Option<String>),
}

impl Filed {
    fn read(row: &mut Fields<'_>) -> Result<Filed, StoreError> {
        Ok(Filed {
            revision: row.int_or_null()?,
            org: row.text()?,
            to_org: row.text_or_null()?,
            user: (row.text_or_null()?, row.text_or_null()?, row.int_or_null()?),
            component: (row.text_or_null()?, row.text_or_null()?),
        })
    }

    /// Where an event belongs. The births and ends of trees do not say at which revision they were; the history does.
    fn of(event: &Event, found: Option<i64>) -> Filed {
        let subjects = Subjects::of(event);
        let (user, component) = (subjects.user, subjects.component);
        Filed {
            revision: match event {
                Event::TreeChanged { revision: Revision(number), .. } => i64::try_from(*number).ok(),
                Event::OrgCreated { .. } | Event::OrgDeleted { .. } => Some(found.unwrap_or_default()),
                _ => None,
            },
            org: subjects.org.to_string(),
            to_org: subjects.to_org.map(ToString::to_string),
            user: (
                user.map(|user| user.org.to_string()),
                user.map(|user| user.username.to_string()),
                user.map(|user| type_number(user.user_type)),
            ),
            component: (
                component.map(|id| id.ien.to_string()),
                component.map(|id| id.serial_number.to_string()),
            ),
        }
    }
}
