//! Tables, keys, and what can be done with them in a transaction of either kind.

use std::error::Error;

use ovgs_domain::{ComponentId, GroupId, OrgId, Revision, User, UserType};
use ovgs_store::StoreError;
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

/// A table of texts under texts.
pub(crate) type Table = TableDefinition<'static, &'static str, &'static str>;

/// Organization → its present revision.
pub(crate) const ORGS: Table = Table::new("orgs");
/// Organization → its tree at some revision, and that at which it began.
pub(crate) const SNAPSHOTS: Table = Table::new("snapshots");
/// Organization, revision → the change that led there.
pub(crate) const CHANGES: Table = Table::new("changes");
/// Deleted organization → a revision above all that it had.
pub(crate) const BYGONE: Table = Table::new("bygone");
/// Group → its organization.
pub(crate) const GROUPS: Table = Table::new("groups");
/// Certificate → its organization.
pub(crate) const CERTS: Table = Table::new("certs");
/// Certificate → its bytes.
pub(crate) const CERT_BYTES: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("cert-bytes");
/// User, organization, group: somebody holds a role somewhere.
pub(crate) const ROLES: Table = Table::new("roles");
/// Delegate, organization, group: somebody is listed somewhere.
pub(crate) const DELEGATIONS: Table = Table::new("delegations");
/// Component → the component.
pub(crate) const PARTS: Table = Table::new("parts");
/// Serial number, IEN: which components share a serial number.
pub(crate) const SERIALS: Table = Table::new("serials");
/// Group, component: what is where. Everything is in its root.
pub(crate) const PLACES: Table = Table::new("places");
/// Position → a record of the journal.
pub(crate) const EVENTS: Table = Table::new("events");
/// Position → a voucher's record.
pub(crate) const VOUCHERS: Table = Table::new("vouchers");
/// Registered users.
pub(crate) const USERS: Table = Table::new("users");
/// Token → its record.
pub(crate) const TOKENS: Table = Table::new("tokens");
/// User, token: which tokens somebody has.
pub(crate) const TOKENS_OF: Table = Table::new("tokens-of");

/// All tables of texts.
pub(crate) const TABLES: [Table; 16] = [
    ORGS,
    SNAPSHOTS,
    CHANGES,
    BYGONE,
    GROUPS,
    CERTS,
    ROLES,
    DELEGATIONS,
    PARTS,
    SERIALS,
    PLACES,
    EVENTS,
    VOUCHERS,
    USERS,
    TOKENS,
    TOKENS_OF,
];

/// Between the parts of a key. No id contains it, and it sorts before everything that one may contain.
const NUL: char = '\0';
/// Above everything that begins with the same part.
const NEXT: char = '\u{1}';

/// A key of several parts.
pub(crate) fn key<const N: usize>(parts: [&str; N]) -> String {
    parts.join("\0")
}

/// A number that sorts as text.
pub(crate) fn number(number: u64) -> String {
    format!("{number:020}")
}

/// The key of a user, in the order in which users are listed.
pub(crate) fn user_key(user: &User) -> String {
    let user_type = match user.user_type {
        UserType::User => "0",
        UserType::ServiceAccount => "1",
    };
    key([user.org.as_str(), user.username.as_str(), user_type])
}

pub(crate) fn part_key(id: &ComponentId) -> String {
    key([&id.ien.to_string(), id.serial_number.as_str()])
}

/// One part of a key; the empty text if there are fewer.
pub(crate) fn nth(key: &str, at: usize) -> &str {
    key.split(NUL).nth(at).unwrap_or_default()
}

/// What can be read in any transaction.
pub(crate) trait Rows {
    /// The value under a key.
    fn value(&self, table: Table, key: &str) -> Result<Option<String>, StoreError>;

    /// Visits what has `under` as the first part of its key (all rows for an empty one), after the key `after`, in order,
    /// until the visitor has enough.
    fn visit(
        &self,
        table: Table,
        under: &str,
        after: Option<&str>,
        visitor: &mut dyn FnMut(&str, &str) -> Result<Go, StoreError>,
    ) -> Result<(), StoreError>;

    /// The keys under a first part.
    fn keys(&self, table: Table, under: &str) -> Result<Vec<String>, StoreError> {
        let mut keys = Vec::new();
        self.visit(table, under, None, &mut |key, _| {
            keys.push(key.to_owned());
            Ok(Go::On)
        })?;
        Ok(keys)
    }

    /// Whether there is anything under a first part.
    fn any(&self, table: Table, under: &str) -> Result<bool, StoreError> {
        let mut found = false;
        self.visit(table, under, None, &mut |_, _| {
            found = true;
            Ok(Go::Enough)
        })?;
        Ok(found)
    }

    /// The present revision of an organization.
    fn revision_of(&self, org: &OrgId) -> Result<Option<Revision>, StoreError> {
        self.value(ORGS, org.as_str())?.map(|text| revision(&text)).transpose()
    }

    /// Whose a group is.
    fn owner_of(&self, group: &GroupId) -> Result<Option<OrgId>, StoreError> {
        self.value(GROUPS, group.as_str())?.map(|org| org_id(&org)).transpose()
    }
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    On,
    Enough,
}

impl Rows for ReadTransaction {
    fn value(&self, table: Table, key: &str) -> Result<Option<String>, StoreError> {
        value(&self.open_table(table).map_err(failed)?, key)
    }

    fn visit(
        &self,
        table: Table,
        under: &str,
        after: Option<&str>,
        visitor: &mut dyn FnMut(&str, &str) -> Result<Go, StoreError>,
    ) -> Result<(), StoreError> {
        visit(&self.open_table(table).map_err(failed)?, under, after, visitor)
    }
}

impl Rows for WriteTransaction {
    fn value(&self, table: Table, key: &str) -> Result<Option<String>, StoreError> {
        value(&self.open_table(table).map_err(failed)?, key)
    }

    fn visit(
        &self,
        table: Table,
        under: &str,
        after: Option<&str>,
        visitor: &mut dyn FnMut(&str, &str) -> Result<Go, StoreError>,
    ) -> Result<(), StoreError> {
        visit(&self.open_table(table).map_err(failed)?, under, after, visitor)
    }
}

/// Writes a row, or replaces it.
pub(crate) fn put(tx: &WriteTransaction, table: Table, key: &str, value: &str) -> Result<(), StoreError> {
    tx.open_table(table).map_err(failed)?.insert(key, value).map_err(failed)?;
    Ok(())
}

/// Removes a row. Whether it was there.
pub(crate) fn remove(tx: &WriteTransaction, table: Table, key: &str) -> Result<bool, StoreError> {
    Ok(tx.open_table(table).map_err(failed)?.remove(key).map_err(failed)?.is_some())
}

/// The number after the last one in a table that is numbered from 1.
pub(crate) fn next_number(tx: &WriteTransaction, table: Table) -> Result<u64, StoreError> {
    let table = tx.open_table(table).map_err(failed)?;
    let last = table.last().map_err(failed)?;
    let last = last.map(|(key, _)| key.value().parse::<u64>()).transpose();
    Ok(last.map_err(|error| StoreError::corrupt("a position", error))?.unwrap_or(0) + 1)
}

pub(crate) fn org_id(text: &str) -> Result<OrgId, StoreError> {
    OrgId::parse(text).map_err(|error| StoreError::corrupt("an organization's id", error))
}

pub(crate) fn revision(text: &str) -> Result<Revision, StoreError> {
    text.parse().map(Revision).map_err(|error| StoreError::corrupt("a revision", error))
}

/// Whatever redb says, in our words.
pub(crate) fn failed(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Failed(error.into())
}

fn value(
    table: &impl ReadableTable<&'static str, &'static str>,
    key: &str,
) -> Result<Option<String>, StoreError> {
    Ok(table.get(key).map_err(failed)?.map(|found| found.value().to_owned()))
}

fn visit(
    table: &impl ReadableTable<&'static str, &'static str>,
    under: &str,
    after: Option<&str>,
    visitor: &mut dyn FnMut(&str, &str) -> Result<Go, StoreError>,
) -> Result<(), StoreError> {
    let first = match after {
        // The least text that is greater.
        Some(after) => format!("{after}{NUL}"),
        None if under.is_empty() => String::new(),
        None => format!("{under}{NUL}"),
    };
    let end = if under.is_empty() { char::MAX.to_string() } else { format!("{under}{NEXT}") };
    for row in table.range(first.as_str()..end.as_str()).map_err(failed)? {
        let (key, value) = row.map_err(failed)?;
        if visitor(key.value(), value.value())? == Go::Enough {
            break;
        }
    }
    Ok(())
}
