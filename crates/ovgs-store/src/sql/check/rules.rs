//! Rules that a statement finds all violations of, whatever their number. Most of them the database keeps itself, by foreign
//! keys and checks; this finds out whether it did.

use super::{Check, Rule};
use crate::{
    StoreError,
    sql::query::{self, Fields},
};

/// How many violations of one rule are told.
const TOLD: usize = 1000;

/// What names each violation, and what is wrong with it.
struct Rows {
    rule: Rule,
    /// A statement that answers with one text a row.
    sql: &'static str,
    why: &'static str,
}

const fn reference(sql: &'static str, why: &'static str) -> Rows {
    Rows { rule: Rule::Reference, sql, why }
}

const NO_ORG: &str = "its organization does not exist";
const NO_GROUP: &str = "its group does not exist, or is another organization's";

const RULES: [Rows; 17] = [
    reference(
        "SELECT 'group `' || t.id || '` of `' || t.org_id || '`' FROM groups t
         LEFT JOIN orgs o ON o.id = t.org_id WHERE o.id IS NULL",
        NO_ORG,
    ),
    reference(
        "SELECT 'member `' || t.username || '` of group `' || t.group_id || '` of `' || t.org_id || '`' FROM members t
         LEFT JOIN groups g ON g.org_id = t.org_id AND g.id = t.group_id WHERE g.id IS NULL",
        NO_GROUP,
    ),
    reference(
        "SELECT 'member `' || t.username || '` of group `' || t.group_id || '` of `' || t.org_id || '`' FROM members t
         LEFT JOIN orgs o ON o.id = t.user_org WHERE o.id IS NULL",
        "the organization it belongs to does not exist",
    ),
    reference(
        "SELECT 'delegation of group `' || t.group_id || '` to `' || t.delegate || '`' FROM delegations t
         LEFT JOIN groups g ON g.org_id = t.org_id AND g.id = t.group_id WHERE g.id IS NULL",
        NO_GROUP,
    ),
    reference(
        "SELECT 'delegation of group `' || t.group_id || '` to `' || t.delegate || '`' FROM delegations t
         LEFT JOIN orgs o ON o.id = t.delegate_org WHERE o.id IS NULL AND t.delegate <> '*'",
        "the organization it names does not exist",
    ),
    reference(
        "SELECT 'delegation of group `' || t.group_id || '` to `' || t.delegate || '`' FROM delegations t
         WHERE COALESCE(t.delegate_org, '*') <> t.delegate",
        "it names another organization than it is filed under",
    ),
    reference(
        "SELECT 'certificate `' || t.id || '`' FROM certs t
         LEFT JOIN groups g ON g.org_id = t.org_id AND g.id = t.group_id WHERE g.id IS NULL",
        NO_GROUP,
    ),
    reference(
        "SELECT 'component `' || t.ien || '/' || t.serial_number || '`' FROM components t
         LEFT JOIN orgs o ON o.id = t.org_id WHERE o.id IS NULL",
        NO_ORG,
    ),
    reference(
        "SELECT 'component `' || t.ien || '/' || t.serial_number || '`' FROM components t
         LEFT JOIN groups g ON g.org_id = t.org_id AND g.id = t.group_id
         WHERE t.group_id IS NOT NULL AND g.id IS NULL",
        NO_GROUP,
    ),
    Rows {
        rule: Rule::Value,
        sql: "SELECT 'component `' || t.ien || '/' || t.serial_number || '`' FROM components t
              WHERE t.group_id = t.org_id",
        why: "it is placed in the root, where it is anyway",
    },
    Rows {
        rule: Rule::Value,
        sql: "SELECT 'component `' || t.ien || '/' || t.serial_number || '`' FROM components t
              WHERE t.endorsement_key IS NOT NULL AND t.ek_certificate IS NOT NULL",
        why: "it has both an endorsement key and an EK certificate",
    },
    reference(
        "SELECT 'user `' || t.username || '` of `' || t.org_id || '`' FROM users t
         LEFT JOIN orgs o ON o.id = t.org_id WHERE o.id IS NULL",
        NO_ORG,
    ),
    reference(
        "SELECT 'token `' || t.jti || '`' FROM tokens t
         LEFT JOIN users u ON u.org_id = t.org_id AND u.username = t.username AND u.user_type = t.user_type
         WHERE u.org_id IS NULL",
        "its user is not registered",
    ),
    Rows {
        rule: Rule::Times,
        sql: "SELECT 'token `' || t.jti || '`' FROM tokens t WHERE t.expires_at < t.issued_at",
        why: "it expired before it was issued",
    },
    Rows {
        rule: Rule::Unique,
        sql: "SELECT 'vouchers ' || MIN(t.position) || ' and ' || MAX(t.position) || ' of the journal' FROM vouchers t
              GROUP BY t.voucher HAVING COUNT(*) > 1",
        why: "they have the same bytes",
    },
    Rows {
        rule: Rule::History,
        sql: "SELECT 'event ' || t.position || ' of the journal' FROM events t
              WHERE t.revision IS NULL AND t.event LIKE '{\"event\":\"tree_changed\"%'",
        why: "it changed a tree and has no revision",
    },
    Rows {
        rule: Rule::Tree,
        sql: "SELECT 'organization `' || t.id || '`' FROM orgs t
              LEFT JOIN groups g ON g.id = t.id AND g.org_id = t.id WHERE g.id IS NULL",
        why: "it has no root group",
    },
];

impl Check<'_> {
    pub(super) async fn rules(&mut self) -> Result<(), StoreError> {
        for Rows { rule, sql, why } in &RULES {
            let found = query::all(self.tx, &format!("{sql} LIMIT {TOLD}"), []).await?;
            for row in &found {
                self.violated(*rule, Fields::of(row).text()?, *why);
            }
        }
        Ok(())
    }
}
