//! Every reading on the way of a voucher, and every page, seeks in PostgreSQL too, whatever the planner was told.

use std::fmt::Write;

use expect_test::expect;
use ovgs_domain::GroupId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Tested, ann, component, meddle, org, populate, postgres::Opened, trees};
use crate::{
    EventFilter, Position, Within,
    sql::{
        SqlStore,
        dialect::Dialect,
        inventory,
        journal::{Span, Way, events_sql},
        listing, locate, organizations, postgres,
        query::Fields,
    },
};

/// How PostgreSQL answers a prepared statement, by one of the store's own connections: in general, or for these values.
async fn plan(
    store: &SqlStore,
    sql: &str,
    values: Option<&str>,
) -> Result<String, Box<dyn std::error::Error>> {
    let (_turn, tx) = store.begin().await?;
    let parameters = (1..20).take_while(|number| sql.contains(&format!("${number}"))).count();
    tx.execute_unprepared(&format!("PREPARE statement AS {sql}")).await?;
    let explain = match values {
        None => format!("(COSTS OFF) EXECUTE statement({})", vec!["NULL"; parameters].join(", ")),
        Some(values) => {
            format!("(ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE statement({values})")
        }
    };
    let explain = format!("EXPLAIN {}", explain.replace("()", ""));
    let rows = tx.query_all_raw(Statement::from_string(DbBackend::Postgres, explain)).await?;
    let mut plan = String::new();
    for row in &rows {
        let _ = writeln!(plan, "    {}", Fields::of(row).text()?);
    }
    tx.execute_unprepared("DEALLOCATE statement").await?;
    tx.rollback().await?;
    Ok(plan)
}

/// Whether it reads our tables through indexes alone, each by a condition. Only the list of manufacturers goes through all
/// organizations, by their keys.
fn seeks(name: &str, plan: &str) -> bool {
    let lines: Vec<&str> = plan.lines().collect();
    let by_condition = lines.iter().enumerate().all(|(number, line)| {
        let is_access = line.contains("Index Scan") || line.contains("Index Only Scan");
        let whole = name == "manufacturers" && (line.contains("orgs_pkey"));
        !is_access || whole || lines.get(number + 1).is_some_and(|next| next.contains("Index Cond"))
    });
    by_condition && !plan.contains("Seq Scan")
}

/// The indexes that a plan reads, from the outermost to the innermost. Versions differ in how they print the rest.
fn indexes(plan: &str) -> String {
    let named = plan.lines().filter_map(|line| {
        let (_, rest) = line.split_once(" using ").or_else(|| line.split_once("Bitmap Index Scan on "))?;
        rest.split(' ').next()
    });
    named.collect::<Vec<_>>().join(", ")
}

fn statements() -> Result<Vec<(&'static str, String)>, Box<dyn std::error::Error>> {
    let (root, group) = (
        Within { org: org("small")?, group: None },
        Within { org: org("small")?, group: Some(GroupId::parse("group-1")?) },
    );
    let filter = EventFilter {
        org: Some(org("small")?),
        user: Some(ann("small")?),
        component: Some(component("small", "9", "S1")?.id),
        since: None,
    };
    let span = Span { after: Some(Position(1)), settled: Some(7) };
    let mut statements = vec![
        ("a voucher", locate::LOCATE.of(Dialect::Postgres).to_owned()),
        ("placements", postgres::PLACE.clone()),
        ("what a tree lacks", organizations::CHANGES_SINCE.to_owned()),
        ("components by id", inventory::BY_ID.of(Dialect::Postgres).to_owned()),
        ("namesakes", inventory::NAMESAKES.of(Dialect::Postgres).to_owned()),
        ("a page of an organization", listing::page_sql(&root)),
        ("the next manufacturer of an organization", listing::next_ien_sql(&root)),
        ("the tally of an organization", inventory::tally_sql(&root)),
        ("a page of a group", listing::page_sql(&group)),
        ("the next manufacturer of a group", listing::next_ien_sql(&group)),
        ("the tally of a group", inventory::tally_sql(&group)),
        ("manufacturers", inventory::IENS.to_owned()),
    ];
    statements.extend(trees::statements(DbBackend::Postgres));
    let ways = [
        ("events", Way::All),
        ("events of an organization", Way::Org),
        ("events of a new owner", Way::NewOrg),
        ("events of a user", Way::User),
        ("events by an author", Way::Author),
        ("events of a component", Way::Component),
    ];
    statements.extend(ways.map(|(name, way)| (name, events_sql(way, &filter, span, 10).0)));
    Ok(statements)
}

async fn plans(store: &SqlStore) -> Result<String, Box<dyn std::error::Error>> {
    let mut plans = String::new();
    for (name, sql) in statements()? {
        let plan = plan(store, &sql, None).await?;
        assert!(seeks(name, &plan), "{name}: {plan}");
        let _ = writeln!(plans, "{name}: {}", indexes(&plan));
    }
    Ok(plans)
}

/// An organization with groups, roles, delegations, certificates and tokens.
async fn plant(store: &SqlStore, name: &str, groups: usize) -> Tested {
    let count = format!("generate_series(1, {groups}) AS n");
    let org = format!("'org-{name}'");
    meddle(store, &format!(
        "INSERT INTO groups SELECT 'group-{name}-' || n, {org}, {org}, 'group ' || n FROM {count};
        INSERT INTO members SELECT {org}, 'group-{name}-' || n, {org}, 'user-' || n, 0, 'admin' FROM {count};
        INSERT INTO delegations SELECT {org}, 'group-{name}-' || n, '*', NULL FROM {count};
        INSERT INTO certs SELECT 'cert-{name}-' || n, {org}, 'group-{name}-' || n, '', false, 0, 0, '' FROM {count};
        INSERT INTO users SELECT {org}, 'user-' || n, 0 FROM {count};
        INSERT INTO tokens SELECT 'token-{name}-' || n, {org}, 'user-' || n, 0, 0, 0, NULL, NULL FROM {count}",
    )).await?;
    Ok(())
}

async fn large_and_small() -> Result<Opened, Box<dyn std::error::Error>> {
    let opened = Opened::new().await?;
    let store = &opened.store;
    populate(store, "big", 20_000, |number| format!("S{number:05}")).await?;
    populate(store, "small", 50, |number| format!("S{number:05}x")).await?;
    populate(store, "none", 0, |number| number.to_string()).await?;
    plant(store, "big", 5000).await?;
    plant(store, "small", 5).await?;
    Ok(opened)
}

#[tokio::test]
async fn everything_seeks_with_statistics_and_without() -> Tested {
    let opened = large_and_small().await?;
    plans(&opened.store).await?;
    meddle(&opened.store, "ANALYZE").await?;
    expect![[r#"
        a voucher: components_pkey, orgs_pkey
        placements: groups_org_id_id_key, components_pkey
        what a tree lacks: orgs_pkey, events_by_revision
        components by id: components_pkey
        namesakes: components_pkey
        a page of an organization: components_by_org
        the next manufacturer of an organization: components_by_org
        the tally of an organization: components_by_org
        a page of a group: components_by_group
        the next manufacturer of a group: components_by_group
        the tally of a group: components_by_group
        manufacturers: orgs_pkey, components_by_org
        revision: orgs_pkey
        groups: groups_org_id_parent_id_description_key
        members: members_pkey
        delegations: delegations_pkey
        certificates: certs_by_group
        a certificate's bytes: certs_pkey
        a token: tokens_pkey
        a user: users_pkey
        whose a group is: groups_pkey, orgs_pkey
        whose a certificate is: certs_pkey, orgs_pkey
        where a user holds roles: members_by_user, orgs_pkey
        placing: components_by_org
        events: events_pkey
        events of an organization: events_by_org
        events of a new owner: events_by_new_org
        events of a user: events_by_user
        events by an author: events_by_author
        events of a component: events_by_component
    "#]]
    .assert_eq(&plans(&opened.store).await?);
    Ok(())
}

#[tokio::test]
async fn nobody_reads_the_rows_of_another_organization() -> Tested {
    let opened = large_and_small().await?;
    let small = "'org-small'";
    let values = |name: &str| match name {
        "a voucher" => Some("'{S00003x}'".to_owned()),
        "components by id" => Some(r#"'[["9", "S00003x"]]'"#.to_owned()),
        "namesakes" => Some(r#"'[["S00003x"]]'"#.to_owned()),
        "what a tree lacks" => Some(format!("{small}, 0")),
        "a page of an organization" => Some(format!("'9', '', 10, {small}")),
        "the next manufacturer of an organization" => Some(format!("'', {small}")),
        "the tally of an organization" => Some(format!("100, {small}")),
        "groups" | "members" | "delegations" | "certificates" | "revision" => Some(small.to_owned()),
        "events of an organization" => Some(format!("0, 1000000, {small}, 100")),
        _ => None,
    };
    let mut tried = 0;
    for statistics in ["SELECT 1", "ANALYZE"] {
        meddle(&opened.store, statistics).await?;
        for (name, sql) in statements()? {
            let Some(values) = values(name) else { continue };
            let plan = plan(&opened.store, &sql, Some(&values)).await?;
            assert!(!plan.contains("Rows Removed"), "{name} after {statistics}: {plan}");
            tried += 1;
        }
    }
    assert_eq!(tried, 2 * 13);
    Ok(())
}
