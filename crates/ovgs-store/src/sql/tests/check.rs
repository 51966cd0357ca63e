//! A check finds every kind of violation, and nothing in a database that only our own writers touched.

use super::{Tested, backup::filled, meddle};
use crate::{
    SqlDatabase, Violation,
    sql::{Rule, SqlStore},
};

async fn sample() -> Result<SqlStore, Box<dyn std::error::Error>> {
    let database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    let store = database.store().await?;
    filled(&store, 3).await?;
    Ok(store)
}

async fn violations(store: &SqlStore) -> Result<Vec<Violation>, crate::StoreError> {
    let database = SqlDatabase { connections: store.connections.clone() };
    let mut found = Vec::new();
    let checked = database.check(&mut |violation| found.push(violation)).await?;
    assert_eq!(checked.violations, found.len() as u64);
    Ok(found)
}

#[tokio::test]
async fn what_our_writers_wrote_is_sound() -> Tested {
    assert_eq!(violations(&sample().await?).await?, []);
    Ok(())
}

/// What is done to the sample, and what a check must say of it at least.
const DAMAGES: [(Rule, &str, &str); 28] = [
    (
        Rule::Value,
        "UPDATE groups SET description = '' WHERE id = 'group-1'",
        "group `group-1` of `org-a`: a group's description",
    ),
    (Rule::Value, "UPDATE orgs SET revision = -1 WHERE id = 'org-a'", "organization `org-a`: a revision"),
    (Rule::Value, "UPDATE members SET role = 'king'", "member `ann` of group `org-a` of `org-a`: a role"),
    (
        Rule::Value,
        "UPDATE components SET mac_addr = 'x' WHERE serial_number = 'S1'",
        "component `9/S1`: a MAC address",
    ),
    (Rule::Value, "UPDATE users SET username = ''", "user `` of `org-a`: a username"),
    (Rule::Value, "UPDATE tokens SET expires_at = 9223372036854775807", "token `token-1`: a time"),
    (
        Rule::Value,
        "UPDATE vouchers SET signer_cert = x'00' WHERE position = 1",
        "voucher 1 of the journal: a fingerprint",
    ),
    (Rule::Value, "UPDATE events SET event = '{}' WHERE position = 9", "event 9 of the journal: an event"),
    (
        Rule::Value,
        "UPDATE events SET author_type = 1 WHERE position = 1",
        "event 1 of the journal: an author",
    ),
    (
        Rule::Value,
        "UPDATE certs SET expiry_time = 9223372036854775807",
        "certificate `cert-1` of `org-a`: a time",
    ),
    (Rule::Value, "UPDATE components SET group_id = 'org-a'", "component `9/S1`: it is placed in the root"),
    (
        Rule::Value,
        "UPDATE components SET endorsement_key = x'00', ek_certificate = x'00' WHERE serial_number = 'S1'",
        "component `9/S1`: it has both",
    ),
    (
        Rule::Tree,
        "UPDATE groups SET parent_id = 'group-1' WHERE id = 'group-2'",
        "the tree of `org-a`: the change does not fit the tree: there are groups that do not hang on the root",
    ),
    (Rule::Tree, "DELETE FROM groups WHERE id = 'org-b'", "organization `org-b`: it has no root group"),
    (Rule::Reference, "DELETE FROM orgs WHERE id = 'org-b'", "group `org-b` of `org-b`: its organization"),
    (
        Rule::Reference,
        "UPDATE members SET group_id = 'group-9'",
        "member `ann` of group `group-9` of `org-a`: its group",
    ),
    (
        Rule::Reference,
        "UPDATE members SET user_org = 'org-x'",
        "member `ann` of group `org-a` of `org-a`: the organization",
    ),
    (
        Rule::Reference,
        "UPDATE delegations SET group_id = 'group-9'",
        "delegation of group `group-9` to `org-b`: its group",
    ),
    (
        Rule::Reference,
        "UPDATE delegations SET delegate_org = 'org-x', delegate = 'org-x'",
        "delegation of group `group-1` to `org-x`: the organization it names",
    ),
    (
        Rule::Reference,
        "UPDATE delegations SET delegate_org = 'org-a'",
        "delegation of group `group-1` to `org-b`: it names another",
    ),
    (Rule::Reference, "UPDATE certs SET group_id = 'group-9'", "certificate `cert-1`: its group"),
    (
        Rule::Reference,
        "UPDATE components SET group_id = 'group-9' WHERE serial_number = 'S1'",
        "component `9/S1`: its group",
    ),
    (Rule::Reference, "DELETE FROM users", "token `token-1`: its user is not registered"),
    (
        Rule::Fingerprint,
        "UPDATE certs SET der = x'00'",
        "certificate `cert-1`: its fingerprint is not that of its bytes",
    ),
    (
        Rule::Times,
        "UPDATE vouchers SET expires_on = created_on WHERE position = 1",
        "voucher 1 of the journal: it expired before",
    ),
    (Rule::Times, "UPDATE tokens SET expires_at = issued_at - 1", "token `token-1`: it expired before"),
    (
        Rule::Unique,
        "UPDATE vouchers SET voucher = x'0000000000000000000000000000000000000000000000000000000000000000'",
        "vouchers 1 and 3 of the journal: they have the same bytes",
    ),
    (
        Rule::Filing,
        "UPDATE events SET user_org = NULL, username = NULL, user_type = NULL WHERE user_org IS NOT NULL",
        "of the journal: it is not filed under what it speaks of",
    ),
];

const HISTORIES: [(&str, &str); 8] = [
    (
        "DELETE FROM events WHERE org_id = 'org-a' AND revision = 2",
        "revision 2 is missing, the next one is 3",
    ),
    (
        "DELETE FROM events WHERE org_id = 'org-a' AND revision = 0",
        "revision 0 is missing, the next one is 1",
    ),
    ("DELETE FROM events WHERE org_id = 'org-b'", "it does not tell how the organization came to be"),
    ("UPDATE orgs SET revision = 2 WHERE id = 'org-a'", "it ends at revision 5, and the tree is at 2"),
    (
        "UPDATE groups SET description = 'another' WHERE id = 'group-1'",
        "its changes do not lead to the present tree",
    ),
    ("DELETE FROM delegations", "its changes do not lead to the present tree"),
    (
        "DELETE FROM groups WHERE id = 'org-b'; DELETE FROM orgs WHERE id = 'org-b'",
        "it does not tell how the organization ended",
    ),
    (
        "UPDATE events SET event = (SELECT event FROM events WHERE org_id = 'org-a' AND revision = 1)
         WHERE org_id = 'org-a' AND revision = 2",
        "its event at revision 2 does not follow from what was before",
    ),
];

/// Does what the constraints of the tables would not allow.
async fn damage(store: &SqlStore, sql: &str) -> Result<(), sea_orm::DbErr> {
    meddle(store, "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").await?;
    meddle(store, sql).await
}

#[tokio::test]
async fn every_kind_of_violation_is_found() -> Tested {
    for (rule, sql, told) in DAMAGES {
        let store = sample().await?;
        damage(&store, sql).await?;
        let found = violations(&store).await?;
        let is_meant =
            |violation: &&Violation| violation.rule == rule && violation.to_string().contains(told);
        assert!(found.iter().any(|violation| is_meant(&violation)), "{sql}: {found:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_history_that_does_not_lead_to_the_tree_is_found() -> Tested {
    for (sql, told) in HISTORIES {
        let store = sample().await?;
        damage(&store, sql).await?;
        let found = violations(&store).await?;
        let is_meant =
            |violation: &Violation| violation.rule == Rule::History && violation.why.contains(told);
        assert!(found.iter().any(is_meant), "{sql}: {found:#?}");
    }
    Ok(())
}
