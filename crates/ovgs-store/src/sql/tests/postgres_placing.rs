//! Placements that share a statement in PostgreSQL: each wins or loses on its own.

use std::{error::Error, time::Duration};

use expect_test::expect;
use ovgs_domain::GroupId;
use sea_orm::ConnectionTrait;
use tokio::task::JoinSet;

use super::{
    Tested, component, meddle, org, populate,
    postgres::{Opened, open},
    stamp,
};
use crate::{
    EventFilter, Inventory, Journal, Placement, Store, StoreError,
    sql::{SqlStore, error, postgres::Placer, query, record},
};

async fn filled() -> Result<Opened, Box<dyn Error>> {
    let opened = Opened::new().await?;
    populate(&opened.store, "a", 20, serial).await?;
    meddle(&opened.store, "INSERT INTO groups VALUES ('group-1', 'org-a', 'org-a', 'one')").await?;
    Ok(opened)
}

fn serial(number: usize) -> String {
    format!("S{number:02}")
}

fn into(number: usize, group: &str) -> Result<Placement, ovgs_domain::Invalid> {
    let ien = if number.is_multiple_of(3) { "9" } else { "30065" };
    let component = component("a", ien, &serial(number))?.id;
    Ok(Placement { component, org: org("a")?, from: None, to: Some(GroupId::parse(group)?) })
}

/// What becomes of placements that come at the same time, in their order. On a runtime of one thread all of them come before
/// the first is done.
async fn at_once(
    store: &SqlStore,
    placements: Vec<Placement>,
) -> Result<Vec<Result<(), StoreError>>, Box<dyn Error>> {
    let mut under_way = JoinSet::new();
    for (number, placement) in placements.into_iter().enumerate() {
        let (store, stamp) = (store.clone(), stamp()?);
        under_way.spawn(async move { (number, store.place(&placement, &stamp).await) });
    }
    let mut outcomes = under_way.join_all().await;
    outcomes.sort_by_key(|(number, _)| *number);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

fn shown(outcomes: &[Result<(), StoreError>]) -> String {
    let shown = outcomes.iter().map(|outcome| match outcome {
        Ok(()) => "placed".to_owned(),
        Err(StoreError::Unavailable(why)) => why.to_string(),
        Err(error) => error.to_string(),
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// Waits until a statement waits for a lock.
async fn until_somebody_waits(opened: &Opened) -> Tested {
    until_so_many_wait(opened, 1).await
}

async fn until_so_many_wait(opened: &Opened, many: usize) -> Tested {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
        AND datname = current_database()";
    for _ in 0..1000 {
        if opened.database.execute(waiting)? == many.to_string() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
    Err(format!("there are never {many} who wait").into())
}

async fn placed(store: &SqlStore) -> Result<usize, StoreError> {
    let events = store.events(&EventFilter::default(), None, 1000).await?;
    let placed =
        events.iter().filter(|event| matches!(event.event, ovgs_domain::Event::ComponentPlaced { .. }));
    Ok(placed.count())
}

#[tokio::test]
async fn placements_at_the_same_time_share_a_transaction() -> Tested {
    let opened = filled().await?;
    let placements = (0..20).map(|number| into(number, "group-1")).collect::<Result<_, _>>()?;
    let outcomes = at_once(&opened.store, placements).await?;
    assert!(outcomes.iter().all(Result::is_ok), "{}", shown(&outcomes));
    assert_eq!(placed(&opened.store).await?, 20);
    let transactions = opened.database.execute("SELECT COUNT(DISTINCT xmin::text) FROM components")?;
    assert_eq!(transactions, "1");
    Ok(())
}

#[tokio::test]
async fn nobody_hears_of_another_ones_placement() -> Tested {
    let opened = filled().await?;
    let mut elsewhere = into(2, "group-1")?;
    elsewhere.from = Some(GroupId::parse("group-1")?);
    let placements =
        vec![into(1, "group-1")?, into(1, "group-1")?, elsewhere, into(99, "group-1")?, into(4, "group-1")?];
    let outcomes = at_once(&opened.store, placements).await?;
    expect![[r#"
        placed
        the stored state moved meanwhile
        the stored state moved meanwhile
        the stored state moved meanwhile
        placed"#]]
    .assert_eq(&shown(&outcomes));
    assert_eq!(placed(&opened.store).await?, 2);

    // What no row may be makes the database refuse all of them together.
    let root = Placement { to: Some(org("a")?.root()), ..into(8, "group-1")? };
    let placements = vec![into(5, "group-1")?, into(6, "group-2")?, root, into(7, "group-1")?];
    let outcomes = at_once(&opened.store, placements).await?;
    expect![[r#"
        placed
        the stored state moved meanwhile
        the stored state moved meanwhile
        placed"#]]
    .assert_eq(&shown(&outcomes));
    assert_eq!(placed(&opened.store).await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_placement_that_waits_too_long_is_the_only_one() -> Tested {
    let opened = filled().await?;
    let mut options = opened.database.options()?;
    options.lock_timeout = Duration::from_millis(50);
    let store = open(&options).await?;
    let (_turn, holder) = opened.store.begin().await?;
    holder.execute_unprepared("SELECT 1 FROM components WHERE serial_number = 'S01' FOR UPDATE").await?;
    let placements = (0..3).map(|number| into(number, "group-1")).collect::<Result<_, _>>()?;
    let outcomes = at_once(&store, placements).await?;
    expect![[r#"
        placed
        another transaction held a lock longer than `store.lock_timeout`; try again
        placed"#]]
    .assert_eq(&shown(&outcomes));
    holder.rollback().await?;
    assert!(store.place(&into(1, "group-1")?, &stamp()?).await.is_ok());
    assert_eq!(placed(&store).await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_reader_of_the_journal_does_not_wait_for_who_waits_for_a_component() -> Tested {
    let opened = filled().await?;
    let store = &opened.store;
    let (_turn, holder) = store.begin().await?;
    holder.execute_unprepared("SELECT 1 FROM components WHERE serial_number = 'S01' FOR UPDATE").await?;
    let placements: Vec<Placement> =
        (0..3).map(|number| into(number, "group-1")).collect::<Result<_, _>>()?;
    let placing = {
        let store = store.clone();
        tokio::spawn(async move { at_once(&store, placements).await.map_err(|error| error.to_string()) })
    };
    until_somebody_waits(&opened).await?;
    assert_eq!(placed(store).await?, 0);
    holder.rollback().await?;
    let outcomes = placing.await??;
    assert!(outcomes.iter().all(Result::is_ok), "{}", shown(&outcomes));
    assert_eq!(placed(store).await?, 3);
    Ok(())
}

#[tokio::test]
async fn servers_do_not_wait_for_one_another_in_a_circle() -> Tested {
    let opened = filled().await?;
    let other = open(&opened.database.options()?).await?;
    for round in 0..20 {
        let (from, to) = if round % 2 == 0 { (None, Some("group-1")) } else { (Some("group-1"), None) };
        let [from, to] = [from, to].map(|group: Option<&str>| group.map(GroupId::parse).transpose());
        let (from, to) = (from?, to?);
        let all = (0..20)
            .map(|number| Ok(Placement { from: from.clone(), to: to.clone(), ..into(number, "group-1")? }));
        let mut placements = all.collect::<Result<Vec<_>, ovgs_domain::Invalid>>()?;
        let here = at_once(&opened.store, placements.clone());
        placements.reverse();
        let (here, there) = tokio::join!(here, at_once(&other, placements));
        let (here, there) = (here?, there?);
        for (here, there) in here.iter().zip(there.iter().rev()) {
            let won = [here, there].iter().filter(|outcome| outcome.is_ok()).count();
            let lost =
                [here, there].iter().filter(|outcome| matches!(outcome, Err(StoreError::Conflict))).count();
            assert_eq!((won, lost), (1, 1), "{here:?} {there:?}");
        }
    }
    assert_eq!(placed(&opened.store).await?, 20 * 20);
    assert_eq!(deadlocks(&opened)?, "0");
    Ok(())
}

fn deadlocks(opened: &Opened) -> std::io::Result<String> {
    opened.database.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

#[tokio::test]
async fn who_deletes_a_group_and_who_fills_it_do_not_wait_in_a_circle() -> Tested {
    let opened = filled().await?;
    let store = &opened.store;
    meddle(store, "INSERT INTO groups VALUES ('group-2', 'org-a', 'org-a', 'two')").await?;
    let (_turn, deleting) = store.begin().await?;
    deleting.execute_unprepared("DELETE FROM groups WHERE id = 'group-1'").await?;
    let placements = vec![into(1, "group-2")?, into(2, "group-1")?, into(3, "group-2")?, into(4, "group-1")?];
    let placing = {
        let store = store.clone();
        tokio::spawn(async move { at_once(&store, placements).await.map_err(|error| error.to_string()) })
    };
    until_so_many_wait(&opened, 1).await?;
    // It wants the ledger alone, of which the placements have a part, and the deletion is to come after it.
    let reading = {
        let store = store.clone();
        tokio::spawn(async move { placed(&store).await })
    };
    until_so_many_wait(&opened, 2).await?;
    let user = super::ann("a")?;
    record::event(&deleting, &stamp()?, &ovgs_domain::Event::UserAdded { user }).await?;
    deleting.commit().await?;
    expect![[r#"
        placed
        the stored state moved meanwhile
        placed
        the stored state moved meanwhile"#]]
    .assert_eq(&shown(&placing.await??));
    drop(reading.await?);
    assert_eq!(placed(store).await?, 2);
    assert_eq!(deadlocks(&opened)?, "0");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_the_outcome_open() -> Tested {
    let opened = Opened::new().await?;
    for sql in ["SELECT NULL::bigint", "SELECT (-1)::bigint", "SELECT 'one'"] {
        let rows = query::all(&opened.store.connections.writer, sql, []).await?;
        let error = error::alone(Placer::numbers(&rows).err().ok_or(sql)?);
        assert!(matches!(error, StoreError::Unavailable(_)), "{sql}: {error:?}");
        assert!(!error::is_broken_off(&error), "{sql} must not be tried again");
    }
    Ok(())
}

#[tokio::test]
async fn a_store_that_was_busy_can_be_closed() -> Tested {
    let opened = filled().await?;
    let placements: Vec<Placement> =
        (0..9).map(|number| into(number, "group-1")).collect::<Result<_, _>>()?;
    for placement in &placements {
        let _ = opened.store.locate(std::slice::from_ref(&placement.component)).await?;
    }
    // A slow one among them.
    let (_turn, holder) = opened.store.begin().await?;
    holder.execute_unprepared("SELECT 1 FROM components WHERE serial_number = 'S01' FOR UPDATE").await?;
    let placing = {
        let store = opened.store.clone();
        tokio::spawn(async move { at_once(&store, placements).await.map_err(|error| error.to_string()) })
    };
    until_somebody_waits(&opened).await?;
    holder.rollback().await?;
    let outcomes = placing.await??;
    assert!(outcomes.iter().all(Result::is_ok), "{}", shown(&outcomes));
    opened.store.close().await;
    assert!(matches!(
        opened.store.place(&into(10, "group-1")?, &stamp()?).await,
        Err(StoreError::Unavailable(_))
    ));
    Ok(())
}
