//! Group commit of placements: those of many callers at the same time are compared, set and recorded by one statement.
//!
//! Each of them wins or loses on its own. But the database refuses a statement only as a whole, for example because one of
//! the groups was deleted at that very moment; then each placement is tried alone, so that nobody hears of somebody else's.

use std::{
    collections::BTreeSet,
    mem,
    sync::{Arc, LazyLock},
};

use backon::Retryable;
use futures_util::{StreamExt as _, stream};
use ovgs_domain::{Event, GroupId};
use sea_orm::{DbErr, QueryResult, sqlx};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::statement;
use crate::{
    Placement, Stamp, StoreError,
    json::Json,
    sql::{attempts, dialect::Ledger, error, gathering::Line, record, rows::micros},
};

/// How many statements are under way at once at most, all but one of them slow ones.
const AT_ONCE: usize = 3;
/// How many of those whose statement was refused are tried alone at once.
const ALONE_AT_ONCE: usize = 4;
/// How many callers share one statement at most.
const SHARED_BY: usize = 256;
/// How many callers may wait before the next one waits to be let in.
const DEPTH: usize = 1024;

/// Moves what is still where it was, and records it; answers with the numbers of those that were moved.
///
/// What is compared is put so that no index serves it: a component is found by its key. Rows are locked in the order in which
/// they come. The lock of the ledger is taken when all of them are, since readers of the journal wait for it, and before the
/// first position is given out.
///
/// The groups come last, when the foreign key is checked: whoever deletes one of them is waited for, or waits. That makes no
/// circle. The deletion of a group has locked its row before it looks for components in it, and that look waits for nobody
/// who moves one, since no key of a component changes. What it does wait for with the group in its hands is the lock of the
/// ledger, which is shared with this statement; behind a reader who wants it alone it waits until that one gives up, soon.
pub(in crate::sql) static PLACE: LazyLock<String> = LazyLock::new(|| {
    let gate = Ledger::Events.lock();
    format!(
        "WITH each AS MATERIALIZED (
            SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::text[])
            WITH ORDINALITY AS each (serial_number, ien, org_id, from_group, to_group,
                at, author_org, author_name, author_type, event, number)
        ), moved AS (
            UPDATE components c SET group_id = each.to_group FROM each
            WHERE c.serial_number = each.serial_number AND c.ien = each.ien
                AND c.org_id IS NOT DISTINCT FROM each.org_id
                AND c.group_id IS NOT DISTINCT FROM each.from_group
                AND each.to_group IS NOT DISTINCT FROM
                    (SELECT g.id FROM groups g WHERE g.org_id = each.org_id AND g.id = each.to_group)
            RETURNING each.*
        ), gate AS MATERIALIZED (
            SELECT pg_advisory_xact_lock_shared({gate}) FROM (SELECT COUNT(*) FROM moved) AS all_of_them
        ), recorded AS (
            INSERT INTO events (at, author_org, author_name, author_type, org_id, ien, serial_number, event)
            SELECT at, author_org, author_name, author_type, org_id, ien, serial_number, event
            FROM gate CROSS JOIN moved ORDER BY number
        )
        SELECT number - 1 FROM moved"
    )
});

/// The way to the tasks that place. They end when the last clone is gone.
#[derive(Clone, Debug)]
pub(in crate::sql) struct Placer {
    jobs: mpsc::Sender<Job>,
}

/// What one caller wants, and where it waits.
#[derive(Debug)]
struct Job {
    placement: Placement,
    stamp: Stamp,
    /// What the journal is to say of it.
    event: String,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl Placer {
    /// Starts the tasks that place.
    pub(in crate::sql) fn start(line: &Line) -> Placer {
        let (jobs, waiting) = mpsc::channel(DEPTH);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            tokio::spawn(work(line.clone(), waiting.clone()));
        }
        Placer { jobs }
    }

    /// Returns once the placement is durable, or is known not to be. A caller that goes away takes nothing of the others with
    /// it; its own may or may not be done.
    pub(in crate::sql) async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let (done, placed) = oneshot::channel();
        let job = Job { placement: placement.clone(), stamp: stamp.clone(), event: event(placement)?, done };
        self.jobs.send(job).await.map_err(|_| stopped())?;
        placed.await.map_err(|_| stopped())?
    }

    /// Whose placements were done. An answer that cannot be read says of nobody's that it was not.
    pub(in crate::sql) fn numbers(rows: &[QueryResult]) -> Result<BTreeSet<usize>, DbErr> {
        let number = |row: &QueryResult| {
            let number: i64 = row.try_get_by(0)?;
            usize::try_from(number).map_err(|_| DbErr::Type(format!("`{number}` is nobody's number")))
        };
        rows.iter().map(number).collect()
    }
}

/// While one task writes, the next statement gathers, so statements grow with the load and nobody waits for a timer.
async fn work(line: Line, waiting: Arc<Mutex<mpsc::Receiver<Job>>>) {
    let mut jobs = Vec::with_capacity(SHARED_BY);
    loop {
        // What is left over is due, and whoever has the turn may be waiting for work.
        let turn = match jobs.is_empty() {
            false => None,
            true => {
                let mut turn = waiting.lock().await;
                if line.gather(&mut turn, &mut jobs, SHARED_BY).await == 0 {
                    return;
                }
                Some(turn)
            }
        };
        // Whoever has gone away before it began does not want it written.
        jobs.retain(|job| !job.done.is_closed());
        let batch = take_different(&mut jobs);
        if !batch.is_empty() {
            line.in_turn(turn, write(&line, batch)).await;
        }
    }
}

/// Takes what one statement can do: it sets each component once. They are in the order in which rows are to be locked, so
/// that statements do not wait for one another in a circle.
fn take_different(jobs: &mut Vec<Job>) -> Vec<Job> {
    let mut seen = BTreeSet::new();
    let (mut batch, again): (Vec<Job>, Vec<Job>) =
        mem::take(jobs).into_iter().partition(|job| seen.insert(job.placement.component.clone()));
    *jobs = again;
    batch.sort_by(|a, b| a.placement.component.cmp(&b.placement.component));
    batch
}

async fn write(line: &Line, batch: Vec<Job>) {
    match moved(line, &batch).await {
        // Only what the database itself refused was surely not done.
        Err(error)
            if batch.len() > 1
                && error::sqlstate(&error).is_some()
                && error::may_be_of_one(&error::alone(error.clone())) =>
        {
            // Beside the next statements, which need not wait for a lock for which one of these may have to.
            let line = line.beside();
            tokio::spawn(async move {
                stream::iter(batch).for_each_concurrent(ALONE_AT_ONCE, |job| write_alone(&line, job)).await;
            });
        }
        outcome => answer(batch, outcome),
    }
}

async fn write_alone(line: &Line, job: Job) {
    let batch = vec![job];
    let outcome = moved(line, &batch).await;
    answer(batch, outcome);
}

/// Runs the statement, and again if it surely was not; says whose placements were done.
async fn moved(line: &Line, batch: &[Job]) -> Result<BTreeSet<usize>, DbErr> {
    let attempt = async || Placer::numbers(&statement::rows(line, statement_of(batch)).await?);
    let is_broken_off = |error: &DbErr| error::is_broken_off(&error::alone(error.clone()));
    attempt.retry(attempts::pauses()).when(is_broken_off).await
}

fn statement_of(batch: &[Job]) -> statement::Statement<'_> {
    let iens: Vec<String> = batch.iter().map(|job| job.placement.component.ien.to_string()).collect();
    sqlx::query(PLACE.as_str())
        .bind(column(batch, |job| job.placement.component.serial_number.as_str()))
        .bind(iens)
        .bind(column(batch, |job| job.placement.org.as_str()))
        .bind(column(batch, |job| job.placement.from.as_ref().map(GroupId::as_str)))
        .bind(column(batch, |job| job.placement.to.as_ref().map(GroupId::as_str)))
        .bind(column(batch, |job| micros(job.stamp.at)))
        .bind(column(batch, |job| record::author(&job.stamp).0))
        .bind(column(batch, |job| record::author(&job.stamp).1))
        .bind(column(batch, |job| record::author(&job.stamp).2))
        .bind(column(batch, |job| job.event.as_str()))
}

fn column<'a, T>(batch: &'a [Job], value: impl FnMut(&'a Job) -> T) -> Vec<T> {
    batch.iter().map(value).collect()
}

/// Tells everybody what became of theirs. Whoever has gone away does not want to know.
fn answer(batch: Vec<Job>, moved: Result<BTreeSet<usize>, DbErr>) {
    for (number, job) in batch.into_iter().enumerate() {
        let _ = job.done.send(match &moved {
            Ok(moved) if moved.contains(&number) => Ok(()),
            Ok(_) => Err(StoreError::Conflict),
            Err(error) => Err(error::alone(error.clone())),
        });
    }
}

fn event(placement: &Placement) -> Result<String, StoreError> {
    let Placement { component, org, from, to } = placement.clone();
    Event::ComponentPlaced { component, org, from, to }.to_json()
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the tasks that place have stopped".into())
}
