//! What goes to SQLite directly: many callers in one transaction, and one log that stays short.

use std::{fs, time::Duration};

use ovgs_domain::{Change, Component, Description, GroupId};
use tokio::{task::JoinSet, time::sleep};

use super::{File, Tested, component, org, populate, stamp};
use crate::{Inventory, Organizations, Placement, StoreError, Within, sql::SqlStore};

async fn with_group(store: &SqlStore) -> Result<GroupId, Box<dyn std::error::Error>> {
    let group = GroupId::parse("group-1")?;
    let (parent, description) = (org("a")?.root(), Description::parse("one")?);
    let change = Change::GroupCreated { group: group.clone(), parent, description };
    store.commit(&org("a")?, super::FIRST, &change, &stamp()?).await?;
    Ok(group)
}

#[tokio::test]
async fn what_fails_in_a_shared_transaction_takes_nothing_of_others_with_it() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    populate(&store, "a", 30, |number| format!("S{number:02}")).await?;
    let group = with_group(&store).await?;
    // Whoever has the turn keeps everybody waiting, so that they gather.
    let turn = store.connections.turn().await?;
    let mut waiting = JoinSet::new();
    for number in 0..30 {
        let (store, stamp) = (store.clone(), stamp()?);
        let ien = if number % 3 == 0 { "9" } else { "30065" };
        let id = component("a", ien, &format!("S{number:02}"))?.id;
        // Every third goes into a group that is not there, and is refused by a foreign key after others were placed.
        let to = if number % 3 == 1 { GroupId::parse("group-2")? } else { group.clone() };
        let placement = Placement { component: id, org: org("a")?, from: None, to: Some(to) };
        waiting.spawn(async move { (number, store.place(&placement, &stamp).await) });
    }
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    drop(turn);
    while let Some(answer) = waiting.join_next().await {
        let (number, outcome) = answer?;
        match number % 3 {
            1 => assert!(matches!(outcome, Err(StoreError::Conflict)), "{number}: {outcome:?}"),
            _ => outcome?,
        }
    }
    let placed = store.components_in(&Within { org: org("a")?, group: Some(group) }, None, 100).await?;
    assert_eq!(placed.len(), 20);
    Ok(())
}

#[tokio::test]
async fn an_import_that_fails_half_way_leaves_nothing_and_the_next_one_enters() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    populate(&store, "a", 0, |_| String::new()).await?;
    let new: Vec<Component> =
        (0..20).map(|number| component("a", "9", &format!("S{number:02}"))).collect::<Result<_, _>>()?;
    let twice = [&new[..], &new[..1]].concat();
    let stamp = stamp()?;
    let (refused, entered) = tokio::join!(store.ingest(&twice, &[], &stamp), store.ingest(&new, &[], &stamp));
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    entered?;
    let entered = store.components_in(&Within { org: org("a")?, group: None }, None, 100).await?;
    assert_eq!(entered, new);
    Ok(())
}

#[tokio::test]
async fn the_log_is_brought_into_the_file_while_the_store_is_open() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    populate(&store, "a", 0, |_| String::new()).await?;
    let before = fs::metadata(file.path())?.len();
    for batch in 0..10 {
        let new: Vec<Component> = (0..5_000)
            .map(|number| component("a", "9", &format!("S{batch}-{number}")))
            .collect::<Result<_, _>>()?;
        store.ingest(&new, &[], &stamp()?).await?;
    }
    for _ in 0..1_000 {
        if fs::metadata(file.path())?.len() > before + 4 * 1024 * 1024 {
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("everything is still in the log after ten seconds");
}

#[tokio::test]
async fn nobody_is_left_waiting_when_it_is_closed() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    populate(&store, "a", 3, |number| format!("S{number}")).await?;
    let id = component("a", "9", "S0")?.id;
    let ids = std::slice::from_ref(&id);
    let (answer, (), ()) = tokio::join!(store.components(ids), store.close(), store.close());
    if let Err(error) = answer {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    let late = store.components(ids).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    let late = store.ingest(&[component("a", "9", "S9")?], &[], &stamp()?).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    Ok(())
}
