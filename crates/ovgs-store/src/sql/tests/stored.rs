//! What stands in the tables: its format, and what happens if it is not ours.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::DateTime;
use expect_test::expect;
use ovgs_domain::{
    Author, CertId, Change, Component, ComponentId, Description, Event, Facts, Fingerprint, GroupId,
    IssuedVoucher, Model, RequestId, Revision, Role,
};

use super::{FIRST, File, Tested, ann, both, component, in_memory, meddle, org, populate, stamp};
use crate::{
    EventFilter, Inventory, Journal, Organizations, Stamp, Store, StoreError, VoucherFilter, Within,
    json::Json,
    sql::{
        SqlDatabase,
        query::{self, Fields},
    },
};

#[test]
fn the_format_of_events_is_what_it_was() -> Tested {
    let change = Change::RoleAdded { group: org("a")?.root(), user: ann("b")?, role: Role::Assigner };
    let event = Event::TreeChanged { org: org("a")?, revision: Revision(7), change };
    expect![[r#"{"event":"tree_changed","org":"org-a","revision":7,"change":{"change":"role_added","group":"org-a","user":{"org":"org-b","username":"ann","user_type":"user"},"role":"assigner"}}"#]]
        .assert_eq(&event.to_json()?);
    let component = component("a", "30065", "ABC101")?.id;
    let (from, to) = (None, Some(GroupId::parse("group-1")?));
    let event = Event::ComponentPlaced { component, org: org("a")?, from, to };
    expect![[r#"{"event":"component_placed","component":{"ien":"30065","serial_number":"ABC101"},"org":"org-a","from":null,"to":"group-1"}"#]]
        .assert_eq(&event.to_json()?);
    let (jti, expires_at) = ("token-1".into(), DateTime::UNIX_EPOCH);
    let event = Event::TokenIssued { jti, user: ann("a")?, expires_at };
    expect![[r#"{"event":"token_issued","jti":"token-1","user":{"org":"org-a","username":"ann","user_type":"user"},"expires_at":0}"#]]
        .assert_eq(&event.to_json()?);
    Ok(())
}

/// The store's own words; those of the source are somebody else's.
fn told(error: Option<StoreError>) -> String {
    error.map_or_else(|| "it was taken".into(), |error| error.to_string())
}

#[tokio::test]
async fn what_the_rules_refuse_is_not_handed_out() -> Tested {
    let file = File::new()?;
    for store in both(&file).await? {
        populate(&store, "a", 1, |_| "ABC101".into()).await?;
        let id = component("a", "9", "ABC101")?.id;

        meddle(&store, "UPDATE components SET mac_addr = 'no MAC'").await?;
        let found = store.components(std::slice::from_ref(&id)).await.err();
        expect!["the store holds a MAC address that cannot be read"].assert_eq(&told(found));

        meddle(&store, "UPDATE components SET mac_addr = NULL, ien = '007'").await?;
        let found = store.components_in(&Within { org: org("a")?, group: None }, None, 10).await.err();
        expect!["the store holds an IEN that cannot be read"].assert_eq(&told(found));

        meddle(&store, "INSERT INTO groups VALUES ('group-1', 'org-a', 'org-a', '')").await?;
        expect!["the store holds a group's description that cannot be read"]
            .assert_eq(&told(store.org(&org("a")?).await.err()));

        meddle(
            &store,
            "INSERT INTO groups VALUES ('group-2', 'org-a', 'group-1', 'y');
            UPDATE groups SET description = 'x', parent_id = 'group-2' WHERE id = 'group-1'",
        )
        .await?;
        expect!["the store holds a tree that cannot be read"]
            .assert_eq(&told(store.org(&org("a")?).await.err()));

        meddle(&store, "UPDATE events SET event = '{}' WHERE position = 1").await?;
        expect!["the store holds an event that cannot be read"]
            .assert_eq(&told(store.events(&EventFilter::default(), None, 1).await.err()));

        meddle(&store, "UPDATE orgs SET revision = -1").await?;
        let found = store.revision(&org("a")?).await.err();
        expect!["the store holds a revision that cannot be read"].assert_eq(&told(found));
    }
    Ok(())
}

#[tokio::test]
async fn lost_changes_are_noticed() -> Tested {
    let store = in_memory().await?;
    store.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    for number in 0..3 {
        let (group, description) = (format!("group-{number}"), format!("{number}"));
        let (group, description) = (GroupId::parse(&group)?, Description::parse(&description)?);
        let change = Change::GroupCreated { group, parent: org("a")?.root(), description };
        store.commit(&org("a")?, Revision(number), &change, &stamp()?).await?;
    }
    meddle(&store, "DELETE FROM events WHERE revision = 2").await?;
    assert_eq!(store.changes_since(&org("a")?, FIRST).await?, None);
    assert_eq!(store.changes_since(&org("a")?, Revision(2)).await?.map(|changes| changes.len()), Some(1));
    Ok(())
}

pub(super) fn voucher(serial: &str) -> Result<IssuedVoucher, ovgs_domain::Invalid> {
    let hash = Fingerprint::of(serial.as_bytes());
    Ok(IssuedVoucher {
        at: DateTime::UNIX_EPOCH,
        caller: ann("a")?,
        request_id: RequestId::parse("1")?,
        org: org("a")?,
        component: component("a", "9", serial)?.id,
        cert: CertId::parse("cert-1")?,
        pinned_cert: hash,
        content: hash,
        voucher: hash,
        created_on: DateTime::UNIX_EPOCH,
        expires_on: None,
        issuer: "Acme".into(),
        signer_cert: hash,
    })
}

#[tokio::test]
async fn a_journal_that_fails_tells_everybody_and_goes_on() -> Tested {
    let file = File::new()?;
    for store in both(&file).await? {
        meddle(&store, "ALTER TABLE vouchers RENAME TO elsewhere").await?;
        let batches = [voucher("S1")?, voucher("S2")?, voucher("S3")?].map(|voucher| vec![voucher]);
        let [one, two, three] = &batches;
        let (a, b, c) = tokio::join!(store.append(one), store.append(two), store.append(three));
        assert!(a.is_err() && b.is_err() && c.is_err(), "{a:?} {b:?} {c:?}");
        meddle(&store, "ALTER TABLE elsewhere RENAME TO vouchers").await?;
        let (a, b, c) = tokio::join!(store.append(one), store.append(two), store.append(three));
        a.and(b).and(c)?;
        assert_eq!(store.vouchers(&VoucherFilter::default(), None, 10).await?.len(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn callers_that_wait_together_share_a_transaction() -> Tested {
    let mut database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    let inserts = Arc::new(AtomicUsize::new(0));
    let counted = inserts.clone();
    database.connections.writer.set_metric_callback(move |done| {
        if done.statement.sql.starts_with("INSERT INTO vouchers") {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let store = database.store().await?;
    // While this transaction holds the writer, everybody gathers behind whoever came first.
    let (_turn, tx) = store.begin().await?;
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..50 {
        let (store, voucher) = (store.clone(), voucher(&format!("S{number}"))?);
        waiting.spawn(async move { store.append(&[voucher]).await });
    }
    // One thread runs everything here, so after a while all have said what they want.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    tx.rollback().await?;
    while let Some(answer) = waiting.join_next().await {
        answer??;
    }
    assert_eq!(store.vouchers(&VoucherFilter::default(), None, 100).await?.len(), 50);
    let inserts = inserts.load(Ordering::Relaxed);
    assert!((1..=2).contains(&inserts), "{inserts} transactions for 50 callers");
    Ok(())
}

#[tokio::test]
async fn a_large_ingest_is_one_transaction() -> Tested {
    let file = File::new()?;
    for store in both(&file).await? {
        populate(&store, "a", 2500, |number| format!("S{number:04}")).await?;
        let mut new: Vec<Component> = (0..2500)
            .map(|number| component("a", "10", &format!("S{number:04}")))
            .collect::<Result<_, _>>()?;
        new.push(component("a", "9", "S0000")?);
        let answer = store.ingest(&new, &[], &stamp()?).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
        let tally = store.tally(&Within { org: org("a")?, group: None }, u64::MAX).await?;
        assert_eq!(tally.components, 2500);
    }
    Ok(())
}

/// SQLite makes the events of an import itself.
#[tokio::test]
async fn what_is_entered_by_the_thousand_stands_as_if_entered_one_by_one() -> Tested {
    let file = File::new()?;
    for store in both(&file).await? {
        for name in ["a", "\"b\" \\"] {
            store.create_org(&org(name)?, &Description::parse("one")?, &stamp()?).await?;
        }
        let serial = |number: usize| format!("{}\"\\/'{{%s}}$1?{}~", 9_999 - number, number % 7);
        let model = |number: usize| Model::parse(&format!("Größe {number}"));
        let mut new = Vec::new();
        for number in 0..1_117 {
            let name = if number % 3 == 0 { "\"b\" \\" } else { "a" };
            let facts = Facts { model: Some(model(number)?), ..Facts::default() };
            new.push(Component {
                facts,
                ..component(name, &format!("{}", 1 + number % 2), &serial(number))?
            });
        }
        let (mut told, mut texts) = (Vec::new(), Vec::new());
        let by_ann = Stamp { author: Author::User(ann("a")?), ..stamp()? };
        for (stamp, new) in [(stamp()?, &new[..1]), (by_ann, &new[1..])] {
            store.ingest(new, &[], &stamp).await?;
            let ids: Vec<_> = new.iter().map(|component| component.id.clone()).collect();
            assert_eq!(store.components(&ids).await?, new.iter().cloned().map(Some).collect::<Vec<_>>());

            let added = |Component { id, org, .. }: &Component| Event::ComponentAdded {
                component: id.clone(),
                org: org.clone(),
            };
            let events: Vec<_> = new.iter().map(added).collect();
            let before = texts.len();
            for recorded in
                store.events(&EventFilter::default(), None, 2_000).await?.into_iter().skip(2 + before)
            {
                assert_eq!(recorded.stamp, stamp);
                texts.push(recorded.event.to_json()?);
                told.push(recorded.event);
            }
            assert_eq!(told.get(before..), Some(&events[..]), "in the order of the parts");
        }
        let kept = "SELECT event FROM events WHERE serial_number IS NOT NULL ORDER BY position";
        let kept = query::all(store.readers(), kept, []).await?;
        let kept: Vec<_> = kept.iter().map(|row| Fields::of(row).text()).collect::<Result<_, _>>()?;
        assert_eq!(kept, texts, "to the letter");
    }
    Ok(())
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_nobody_else_s_error_and_shifts_nobody_s_answer() -> Tested {
    let file = File::new()?;
    for store in both(&file).await? {
        populate(&store, "a", 30, |number| format!("S{number:02}")).await?;
        let id = |number: usize| {
            let ien = if number.is_multiple_of(3) { "9" } else { "30065" };
            component("a", ien, &format!("S{number:02}")).map(|component| component.id)
        };
        meddle(&store, "UPDATE components SET mac_addr = 'no MAC' WHERE serial_number = 'S00'").await?;
        // All of them wait before the task that reads gets its turn, so they share a query.
        let orders =
            (1..30).map(
                |number| if number % 3 == 0 { Ok(vec![id(0)?, id(number)?]) } else { Ok(vec![id(number)?]) },
            );
        let orders: Vec<Vec<ComponentId>> = orders.collect::<Result<_, Box<dyn Error>>>()?;
        let asked = orders.iter().cloned().map(|order| {
            let store = store.clone();
            tokio::spawn(async move { store.locate(&order).await })
        });
        let asked: Vec<_> = asked.collect();
        for (order, answer) in orders.iter().zip(asked) {
            let answer = answer.await?;
            if order.len() == 2 {
                expect!["the store holds a MAC address that cannot be read"].assert_eq(&told(answer.err()));
                continue;
            }
            let found: Vec<_> = answer?.into_iter().map(|located| Some(located?.component.id)).collect();
            assert_eq!(found, [Some(order[0].clone())]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_connection_does_for_a_page_of_several_manufacturers() -> Tested {
    let store = in_memory().await?;
    populate(&store, "a", 9, |number| format!("ABC{number}")).await?;
    let page = store.components_in(&Within { org: org("a")?, group: None }, None, 100).await?;
    assert_eq!(page.len(), 9);
    Ok(())
}
