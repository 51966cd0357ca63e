//! How events get into the journal: in the transaction of the write they tell of.

use ovgs_domain::{Author, Event, Revision, User};
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use super::{
    dialect::{Dialect, Ledger, Wording},
    query,
    rows::{micros, revision_number, type_number},
};
use crate::{Stamp, StoreError, json::Json, subjects::Subjects};

/// What [`row`] makes, in its order.
pub(super) const COLUMNS: &str = "at, author_org, author_name, author_type, org_id, to_org_id, revision, \
     user_org, username, user_type, ien, serial_number, event";

static INSERT: Wording = Wording::new(|dialect| {
    let item = |index| match index {
        0 | 3 | 6 | 9 => dialect.int(index),
        _ => dialect.text(index),
    };
    let items: Vec<String> = (0..13).map(item).collect();
    let (items, each) = (items.join(", "), dialect.each_into(Ledger::Events));
    format!("INSERT INTO events ({COLUMNS}) SELECT {items} FROM {each} ORDER BY each.key")
});

/// Records one event.
pub(super) async fn event(tx: &DatabaseTransaction, stamp: &Stamp, event: &Event) -> Result<(), StoreError> {
    let revision = match event {
        Event::TreeChanged { revision, .. } => Some(*revision),
        _ => None,
    };
    insert(tx, &[row(stamp, event, revision)?]).await
}

/// Records the birth or the end of a tree, which has a revision as well, so that a tree of the same id in later times
/// begins above it.
pub(super) async fn milestone(
    tx: &DatabaseTransaction,
    stamp: &Stamp,
    event: &Event,
    revision: Revision,
) -> Result<(), StoreError> {
    insert(tx, &[row(stamp, event, Some(revision))?]).await
}

/// Records many events in order, with one statement.
pub(super) async fn events(
    tx: &DatabaseTransaction,
    stamp: &Stamp,
    events: impl Iterator<Item = Event>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = events.map(|event| row(stamp, &event, None)).collect::<Result<_, _>>()?;
    insert(tx, &rows).await
}

async fn insert(tx: &DatabaseTransaction, rows: &[[Value; 13]]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = json!(rows).to_string();
    query::run(tx, INSERT.of(Dialect::of(tx)), [rows.into()]).await?;
    Ok(())
}

/// Organization, name and type of the author; somebody at the command line has a name alone.
pub(super) fn author(stamp: &Stamp) -> (Option<&str>, &str, Option<i64>) {
    match &stamp.author {
        Author::User(user) => {
            (Some(user.org.as_str()), user.username.as_str(), Some(type_number(user.user_type)))
        }
        Author::Cli(name) => (None, name.as_str(), None),
    }
}

/// An event as columns: texts, whole numbers and nulls.
pub(super) fn row(
    stamp: &Stamp,
    event: &Event,
    revision: Option<Revision>,
) -> Result<[Value; 13], StoreError> {
    let subjects = Subjects::of(event);
    let (author_org, author_name, author_type) = author(stamp);
    Ok([
        micros(stamp.at).into(),
        author_org.into(),
        author_name.into(),
        author_type.into(),
        subjects.org.as_str().into(),
        subjects.to_org.map(|org| org.as_str()).into(),
        revision.map(revision_number).into(),
        subjects.user.map(|user| user.org.as_str()).into(),
        subjects.user.map(|user| user.username.as_str()).into(),
        subjects.user.map(|User { user_type, .. }| type_number(*user_type)).into(),
        subjects.component.map(|component| component.ien.to_string()).into(),
        subjects.component.map(|component| component.serial_number.as_str()).into(),
        event.to_json()?.into(),
    ])
}
