//! Every reading on the way of a voucher, and every page, seeks.

use std::fmt::Write;

use expect_test::expect;
use ovgs_domain::GroupId;
use sea_orm::DbBackend;

use super::{Tested, ann, component, in_memory, meddle, org, populate};
use crate::{
    EventFilter, Inventory, Position, Within,
    sql::{
        SqlStore,
        dialect::Dialect,
        inventory,
        journal::{Span, Way, events_sql},
        listing, locate, organizations,
        query::{self, Fields},
        sqlite,
    },
};

/// How SQLite would answer, one step a line. Parameters stay open, as they are when a statement is prepared.
async fn plans(store: &SqlStore, statements: &[&str]) -> Result<String, crate::StoreError> {
    let mut plans = String::new();
    for sql in statements {
        for row in &query::all(store.readers(), &format!("EXPLAIN QUERY PLAN {sql}"), []).await? {
            let step = Fields::of(row).read(|row| {
                let (_id, _parent, _unused) = (row.int()?, row.int()?, row.int()?);
                row.text()
            });
            let _ = writeln!(plans, "{}", step?);
        }
    }
    // Both keys of a group that its organization begins are as good to find all of them.
    Ok(plans.replace("sqlite_autoindex_groups_3", "sqlite_autoindex_groups_2"))
}

/// The plans, which must be the same without statistics and with them, and whether or not somebody else has far more rows.
async fn always(statements: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let store = in_memory().await?;
    let empty = plans(&store, statements).await?;
    populate(&store, "big", 5000, |number| format!("S{number:05}")).await?;
    populate(&store, "small", 50, |number| format!("S{number:05}x")).await?;
    populate(&store, "none", 0, |number| number.to_string()).await?;
    assert_eq!(plans(&store, statements).await?, empty, "without statistics");
    meddle(&store, "ANALYZE").await?;
    assert_eq!(plans(&store, statements).await?, empty, "with statistics");
    Ok(empty)
}

#[tokio::test]
async fn a_voucher_costs_one_seek_by_serial_number() -> Tested {
    expect![[r#"
        SCAN each VIRTUAL TABLE INDEX 1:
        SEARCH c USING INDEX sqlite_autoindex_components_1 (serial_number=?)
        SEARCH o USING PRIMARY KEY (id=?)
    "#]]
    .assert_eq(&always(&[locate::LOCATE.of(Dialect::Sqlite)]).await?);
    Ok(())
}

/// What SQLite is asked directly, one component at a time.
#[tokio::test]
async fn what_goes_to_sqlite_directly_seeks_as_well() -> Tested {
    expect![[r#"
        SEARCH c USING INDEX sqlite_autoindex_components_1 (serial_number=?)
        SEARCH o USING PRIMARY KEY (id=?)
        SEARCH c USING INDEX sqlite_autoindex_components_1 (serial_number=? AND ien=?)
    "#]]
    .assert_eq(&always(&[&sqlite::LOCATE, &sqlite::BY_ID]).await?);
    Ok(())
}

#[tokio::test]
async fn a_tree_that_is_behind_reads_what_it_lacks() -> Tested {
    expect![[r#"
        SEARCH o USING PRIMARY KEY (id=?)
        SEARCH e USING INDEX events_by_revision (org_id=? AND revision>?) LEFT-JOIN
    "#]]
    .assert_eq(&always(&[organizations::CHANGES_SINCE]).await?);
    Ok(())
}

#[tokio::test]
async fn components_are_sought_by_id() -> Tested {
    expect![[r#"
        SCAN each VIRTUAL TABLE INDEX 1:
        SEARCH c USING INDEX sqlite_autoindex_components_1 (serial_number=? AND ien=?)
        SCAN each VIRTUAL TABLE INDEX 1:
        SEARCH c USING INDEX sqlite_autoindex_components_1 (serial_number=?)
    "#]]
    .assert_eq(
        &always(&[inventory::BY_ID.of(Dialect::Sqlite), inventory::NAMESAKES.of(Dialect::Sqlite)]).await?,
    );
    Ok(())
}

/// Whoever imports a few parts and then millions must not wait for the statistics of the few.
#[tokio::test]
async fn statistics_of_a_few_parts_scan_nothing() -> Tested {
    let store = in_memory().await?;
    let statements = [inventory::NAMESAKES.of(Dialect::Sqlite), locate::LOCATE.of(Dialect::Sqlite)];
    let without = plans(&store, &statements).await?;
    for (org, components, are_worth_it) in [("few", 3, false), ("many", 10_000, true)] {
        populate(&store, org, components, |number| format!("{org}{number:05}")).await?;
        store.refresh_statistics().await?;
        let kept = query::one(store.readers(), "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'", []);
        assert_eq!(kept.await?.is_some(), are_worth_it, "{org}");
        assert_eq!(plans(&store, &statements).await?, without, "{org}");
    }
    Ok(())
}

#[tokio::test]
async fn pages_of_an_organization_seek_within_it() -> Tested {
    let root = Within { org: org("small")?, group: None };
    let statements = [listing::page_sql(&root), listing::next_ien_sql(&root), inventory::tally_sql(&root)];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    expect![[r#"
        SEARCH c USING INDEX components_by_org (org_id=? AND ien=? AND serial_number>?)
        SEARCH c USING COVERING INDEX components_by_org (org_id=? AND ien>?)
        CO-ROUTINE counted
        SEARCH c USING COVERING INDEX components_by_org (org_id=?)
        SCAN counted
    "#]]
    .assert_eq(&always(&statements).await?);
    Ok(())
}

#[tokio::test]
async fn pages_of_a_group_seek_within_it() -> Tested {
    let group = Within { org: org("small")?, group: Some(GroupId::parse("group-1")?) };
    let statements = [listing::page_sql(&group), listing::next_ien_sql(&group), inventory::tally_sql(&group)];
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    expect![[r#"
        SEARCH c USING INDEX components_by_group (org_id=? AND group_id=? AND ien=? AND serial_number>?)
        SEARCH c USING COVERING INDEX components_by_group (org_id=? AND group_id=? AND ien>?)
        CO-ROUTINE counted
        SEARCH c USING COVERING INDEX components_by_group (org_id=? AND group_id=?)
        SCAN counted
    "#]]
    .assert_eq(&always(&statements).await?);
    Ok(())
}

#[tokio::test]
async fn manufacturers_are_found_by_jumping() -> Tested {
    expect![[r#"
        CO-ROUTINE found
        SETUP
        SCAN o
        CORRELATED SCALAR SUBQUERY 1
        SEARCH c USING COVERING INDEX components_by_org (org_id=?)
        RECURSIVE STEP
        SCAN f
        CORRELATED SCALAR SUBQUERY 3
        SEARCH c USING COVERING INDEX components_by_org (org_id=? AND ien>?)
        SCAN found
        USE TEMP B-TREE FOR DISTINCT
    "#]]
    .assert_eq(&always(&[inventory::IENS]).await?);
    Ok(())
}

#[tokio::test]
async fn events_are_sought_whichever_way() -> Tested {
    let filter = EventFilter {
        org: Some(org("small")?),
        user: Some(ann("small")?),
        component: Some(component("small", "9", "S1")?.id),
        since: None,
    };
    let ways = [Way::All, Way::Org, Way::NewOrg, Way::User, Way::Author, Way::Component];
    let statements =
        ways.map(|way| events_sql(way, &filter, Span { after: Some(Position(1)), settled: None }, 10).0);
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    expect![[r#"
        SEARCH events USING INTEGER PRIMARY KEY (rowid>?)
        SEARCH events USING INDEX events_by_org (org_id=? AND position>?)
        SEARCH events USING INDEX events_by_new_org (to_org_id=? AND position>?)
        SEARCH events USING INDEX events_by_user (user_org=? AND username=? AND user_type=? AND position>?)
        SEARCH events USING INDEX events_by_author (author_org=? AND author_name=? AND author_type=? AND position>?)
        SEARCH events USING INDEX events_by_component (serial_number=? AND ien=? AND position>?)
    "#]].assert_eq(&always(&statements).await?);
    Ok(())
}

#[tokio::test]
async fn trees_are_sought_whole_and_by_what_is_in_them() -> Tested {
    let statements = super::trees::statements(DbBackend::Sqlite);
    let statements: Vec<&str> = statements.iter().map(|(_, sql)| sql.as_str()).collect();
    expect![[r#"
        SEARCH orgs USING PRIMARY KEY (id=?)
        SEARCH groups USING INDEX sqlite_autoindex_groups_2 (org_id=?)
        SEARCH members USING PRIMARY KEY (org_id=?)
        SEARCH delegations USING PRIMARY KEY (org_id=?)
        SEARCH certs USING INDEX certs_by_group (org_id=?)
        SEARCH certs USING INDEX sqlite_autoindex_certs_1 (id=?)
        SEARCH tokens USING PRIMARY KEY (jti=?)
        SEARCH users USING PRIMARY KEY (org_id=? AND username=? AND user_type=?)
        SEARCH g USING INDEX sqlite_autoindex_groups_1 (id=?)
        SEARCH o USING PRIMARY KEY (id=?)
        SEARCH c USING INDEX sqlite_autoindex_certs_1 (id=?)
        SEARCH o USING PRIMARY KEY (id=?)
        SEARCH m USING COVERING INDEX members_by_user (user_org=? AND username=? AND user_type=?)
        SEARCH o USING PRIMARY KEY (id=?)
        USE TEMP B-TREE FOR DISTINCT
        USE TEMP B-TREE FOR ORDER BY
        SEARCH components USING INDEX sqlite_autoindex_components_1 (serial_number=? AND ien=?)
    "#]]
    .assert_eq(&always(&statements).await?);
    Ok(())
}
