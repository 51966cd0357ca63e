//! What happens when two want the same at once.

use std::{collections::BTreeSet, sync::Arc};

use ovgs_domain::{Change, Description, IssuedVoucher, Org, Revision};

use super::{Failure, Fixture, Outcome, holds, open, same, sample};
use crate::{Placement, Store, StoreError, VoucherFilter};

/// Runs all at once, and gathers what they come to.
async fn at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Result<Vec<T>, Failure> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await?);
    }
    Ok(results)
}

/// Some succeed; all others must have been told of a conflict.
fn winners<T>(answers: Vec<Result<T, StoreError>>) -> Result<usize, Failure> {
    let mut winners = 0;
    for answer in answers {
        match answer {
            Ok(_) => winners += 1,
            Err(StoreError::Conflict) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(winners)
}

pub(super) async fn one_of_many_commits_wins(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    sample::commit(&store, "a", &sample::created("group-0", "org-a")?).await?;
    let (id, stamp) = (sample::org("a")?, sample::stamp()?);
    for round in 1..=10 {
        let tasks = (0..8).map(|writer| {
            let (store, id, stamp) = (store.clone(), id.clone(), stamp.clone());
            let change = sample::created(&format!("group-{round}-{writer}"), "org-a");
            async move { Ok::<_, Failure>(store.commit(&id, Revision(round), &change?, &stamp).await) }
        });
        let answers = at_once(tasks).await?.into_iter().collect::<Result<_, _>>()?;
        same("how many won", winners(answers)?, 1)?;
    }
    let tree = sample::tree(&store, "a").await?;
    same("the revision", tree.revision(), Revision(11))?;
    same("the groups", tree.groups().count(), 12)
}

/// Makes some groups, each time trying until it wins.
async fn persist(store: Arc<dyn Store>, writer: usize, steps: usize) -> Outcome {
    for step in 0..steps {
        let change = sample::created(&format!("group-{writer}-{step}"), "org-a")?;
        loop {
            let tree = sample::tree(&store, "a").await?;
            match store.commit(tree.id(), tree.revision(), &change, &sample::stamp()?).await {
                Ok(()) => break,
                Err(StoreError::Conflict) => tokio::task::yield_now().await,
                Err(other) => return Err(other.into()),
            }
        }
    }
    Ok(())
}

pub(super) async fn contending_writers_lose_nothing(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let tasks = (0..4).map(|writer| persist(store.clone(), writer, 10));
    at_once(tasks).await?.into_iter().collect::<Outcome>()?;
    let tree = sample::tree(&store, "a").await?;
    same("the revision", tree.revision(), Revision(40))?;
    same("the groups", tree.groups().count(), 41)?;
    let changes = store.changes_since(tree.id(), Revision(0)).await?.unwrap_or_default();
    same("the changes", changes.len(), 40)
}

pub(super) async fn a_reader_sees_whole_trees(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    let mut expected = vec![sample::tree(&store, "a").await?];
    let changes = sample::changes()?;
    for change in &changes {
        let mut next = expected.last().ok_or_else(|| Failure::new("no tree"))?.clone();
        next.apply(change)?;
        expected.push(next);
    }
    let writing = tokio::spawn(write_all(store.clone(), changes));
    let readers = (0..3).map(|_| read_until(store.clone(), expected.clone()));
    at_once(readers).await?.into_iter().collect::<Outcome>()?;
    writing.await?
}

async fn write_all(store: Arc<dyn Store>, changes: Vec<Change>) -> Outcome {
    for change in changes {
        sample::commit(&store, "a", &change).await?;
    }
    Ok(())
}

/// Reads until the last tree is there; each one read must be one of them, at its revision.
async fn read_until(store: Arc<dyn Store>, expected: Vec<Org>) -> Outcome {
    loop {
        let tree = sample::tree(&store, "a").await?;
        let there = usize::try_from(tree.revision().0)?;
        same("a tree that was read", Some(&tree), expected.get(there))?;
        if there + 1 == expected.len() {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn one_of_many_placements_wins(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    for number in 0..8 {
        sample::commit(&store, "a", &sample::created(&format!("group-{number}"), "org-a")?).await?;
    }
    let (org, stamp) = (sample::org("a")?, sample::stamp()?);
    for round in 0..10 {
        let serial = format!("S{round}");
        sample::ingest(&store, "a", &[("30065", &serial)]).await?;
        let component = sample::id("30065", &serial)?;
        let tasks = (0..8).map(|number| {
            let (store, stamp, component, org) =
                (store.clone(), stamp.clone(), component.clone(), org.clone());
            let to = sample::group(&format!("group-{number}"));
            async move {
                let placement = Placement { component, org, from: None, to: Some(to?) };
                Ok::<_, Failure>(store.place(&placement, &stamp).await)
            }
        });
        let answers = at_once(tasks).await?.into_iter().collect::<Result<_, _>>()?;
        same("how many won", winners(answers)?, 1)?;
    }
    Ok(())
}

pub(super) async fn a_group_is_deleted_or_filled_never_both(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let (org, stamp) = (sample::org("a")?, sample::stamp()?);
    for round in 0..25 {
        let (name, serial) = (format!("group-{round}"), format!("S{round}"));
        sample::commit(&store, "a", &sample::created(&name, "org-a")?).await?;
        sample::ingest(&store, "a", &[("30065", &serial)]).await?;
        let (group, component) = (sample::group(&name)?, sample::id("30065", &serial)?);
        let revision = sample::tree(&store, "a").await?.revision();
        let delete = {
            let (store, org, stamp, group) = (store.clone(), org.clone(), stamp.clone(), group.clone());
            async move { store.commit(&org, revision, &Change::GroupDeleted { group }, &stamp).await }
        };
        let (component_id, to) = (component.clone(), Some(group.clone()));
        let placement = Placement { component: component_id, org: org.clone(), from: None, to };
        let place = {
            let (store, stamp) = (store.clone(), stamp.clone());
            async move { store.place(&placement, &stamp).await }
        };
        let (delete, place) = (tokio::spawn(delete), tokio::spawn(place));
        same("how many won", winners(vec![delete.await?, place.await?])?, 1)?;
        let there = sample::tree(&store, "a").await?.group(&group).is_some();
        let found = store.components(&[component]).await?.into_iter().flatten().next();
        let filled = found.is_some_and(|component| component.group.is_some());
        same("whether the group is there and filled", (there, filled), (filled, filled))?;
    }
    Ok(())
}

pub(super) async fn a_component_is_placed_or_transferred_never_both(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a", "b"]).await?;
    sample::commit(&store, "a", &sample::created("group-1", "org-a")?).await?;
    let (a, b, stamp) = (sample::org("a")?, sample::org("b")?, sample::stamp()?);
    for round in 0..25 {
        let serial = format!("S{round}");
        sample::ingest(&store, "a", &[("30065", &serial)]).await?;
        let component = sample::id("30065", &serial)?;
        let to = Some(sample::group("group-1")?);
        let placement = Placement { component: component.clone(), org: a.clone(), from: None, to };
        let place = {
            let (store, stamp) = (store.clone(), stamp.clone());
            tokio::spawn(async move { store.place(&placement, &stamp).await })
        };
        let transfer = {
            let (store, stamp, id) = (store.clone(), stamp.clone(), component.clone());
            let (a, b) = (a.clone(), b.clone());
            tokio::spawn(async move { store.transfer(&id, &a, &b, &stamp).await })
        };
        winners(vec![place.await?])?;
        // Placed first or not, it is the other organization's in the end, and in no group.
        transfer.await??;
        let found = store.components(&[component]).await?;
        same("the component", found, vec![Some(sample::component("b", "30065", &serial)?)])?;
    }
    Ok(())
}

pub(super) async fn concurrent_appends_are_all_kept(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let batch = |caller: i64| {
        let vouchers = (0..5).map(move |n| sample::voucher("a", &format!("S{caller}-{n}"), caller));
        vouchers.collect::<Result<Vec<IssuedVoucher>, _>>()
    };
    let tasks = (0..40).map(|caller| {
        let (store, vouchers) = (store.clone(), batch(caller));
        async move {
            let vouchers = vouchers?;
            store.append(&vouchers).await?;
            // It is durable now: whoever reads sees it.
            let component = vouchers.first().map(|voucher| voucher.component.clone());
            let filter = VoucherFilter { component, ..VoucherFilter::default() };
            same("what one's own append left", store.vouchers(&filter, None, 10).await?.len(), 1)
        }
    });
    at_once(tasks).await?.into_iter().collect::<Outcome>()?;
    let found = open(fixture).await?.vouchers(&VoucherFilter::default(), None, 1000).await?;
    same("how many there are", found.len(), 200)?;
    // Each batch stands together, in its order.
    for caller in 0..40 {
        let serial = format!("S{caller}-0");
        let first = found.iter().position(|v| v.voucher.component.serial_number.as_str() == serial);
        let there = found.iter().skip(first.unwrap_or(usize::MAX)).take(5).map(|found| found.voucher.clone());
        same(&format!("batch {caller}"), there.collect(), batch(caller)?)?;
    }
    Ok(())
}

pub(super) async fn an_abandoned_append_harms_no_other(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let mut kept = BTreeSet::new();
    let mut running = Vec::new();
    for caller in 0..60 {
        let (store, voucher) = (store.clone(), sample::voucher("a", &format!("S{caller}"), caller)?);
        let id = voucher.component.clone();
        let task = tokio::spawn(async move { store.append(&[voucher]).await });
        if caller % 3 == 0 {
            task.abort();
        } else {
            kept.insert(id);
            running.push(task);
        }
    }
    for task in running {
        task.await??;
    }
    let found = store.vouchers(&VoucherFilter::default(), None, 1000).await?;
    let found: BTreeSet<_> = found.into_iter().map(|found| found.voucher.component).collect();
    holds("every answered append is there", kept.is_subset(&found))
}

pub(super) async fn an_abandoned_commit_is_all_or_nothing(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    sample::found(&store, &["a"]).await?;
    let id = sample::org("a")?;
    for round in 0..60_u32 {
        let revision = sample::tree(&store, "a").await?.revision();
        let change = sample::cert_created("org-a", &format!("cert-{round}"), b"one")?;
        let stamp = sample::stamp()?;
        let patience = async {
            for _ in 0..round * round {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = store.commit(&id, revision, &change, &stamp) => match answer {
                // What was abandoned before may have come through after the revision was read.
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(other) => return Err(other.into()),
            },
            () = patience => {}
        }
    }
    // Whatever was abandoned while it was under way is over once the next write is through.
    sample::ingest(&store, "a", &[("30065", "ABC101")]).await?;
    let tree = sample::tree(&store, "a").await?;
    let certs = tree.records().certs;
    same("certificates against steps", certs.len() as u64, tree.revision().0)?;
    for (_, cert) in certs {
        holds("each certificate has its bytes", store.certificate(&cert.id).await?.is_some())?;
    }
    let changes = store.changes_since(&id, Revision(0)).await?.unwrap_or_default();
    same("changes against steps", changes.len() as u64, tree.revision().0)
}

pub(super) async fn an_organization_is_created_by_one_of_many(fixture: &dyn Fixture) -> Outcome {
    let store = open(fixture).await?;
    let (id, stamp) = (sample::org("a")?, sample::stamp()?);
    let tasks = (0..8).map(|writer| {
        let (store, id, stamp) = (store.clone(), id.clone(), stamp.clone());
        let description = Description::parse(&format!("by {writer}"));
        async move { Ok::<_, Failure>(store.create_org(&id, &description?, &stamp).await?) }
    });
    let answers: Vec<bool> = at_once(tasks).await?.into_iter().collect::<Result<_, _>>()?;
    same("how many made it", answers.into_iter().filter(|new| *new).count(), 1)?;
    same("how many there are", store.orgs(None, 10).await?.len(), 1)
}
