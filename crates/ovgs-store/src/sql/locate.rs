//! The one reading that a voucher costs. Those of many callers at the same time are one query: most of what a small query
//! costs is the way to the database and back.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::Retryable;
use ovgs_domain::{Component, ComponentId, Revision, commands::Namesake};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};
use serde_json::json;
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    time::timeout,
};

#[cfg(feature = "postgres")]
use super::postgres;
use super::{
    Access, SqlStore, attempts,
    dialect::{Dialect, Wording},
    error,
    gathering::Line,
    query::Fields,
    rows,
};
use crate::{Located, Store, StoreError};

/// How many queries are under way at once at most, all but one of them slow ones.
const AT_ONCE: usize = 3;
/// How many callers share one query at most.
const SHARED_BY: usize = 64;
/// How many callers may wait before the next one waits to be let in.
const DEPTH: usize = 1024;
/// Up to how many components a caller asks for together with others; more are worth a query of their own.
const FEW: usize = 16;
/// How long a caller waits, and a query takes, before the database counts as out of reach: a connection that nobody answers
/// on any more says nothing for many minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// One seek by serial number brings a component and its namesakes; the join brings the owner's revision.
pub(super) static LOCATE: Wording = Wording::new(|dialect| {
    let (columns, each, index) = (rows::COMPONENT, dialect.each_text(), dialect.index());
    format!(
        "SELECT {index}, o.revision, {columns} FROM {each} CROSS JOIN components c CROSS JOIN orgs o
         WHERE c.serial_number = each.value AND o.id = c.org_id"
    )
});

/// The way to the tasks that read. They end when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct Locator {
    jobs: mpsc::Sender<Job>,
}

/// What one caller asks for, and where it waits.
#[derive(Debug)]
struct Job {
    ids: Vec<ComponentId>,
    done: oneshot::Sender<Result<Vec<Option<Located>>, StoreError>>,
}

/// What has been read of one id so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    component: Option<(Component, Revision)>,
    namesakes: Vec<Namesake>,
}

#[async_trait]
impl Store for SqlStore {
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
        match &self.access {
            Access::Direct(direct) => return direct.locate(ids).await,
            Access::Statements { locator, .. } if ids.len() <= FEW => {
                return locator.locate(ids.to_vec()).await;
            }
            Access::Statements { .. } => {}
        }
        let rows = read(&self.connections.line_to_readers(), ids).await.map_err(error::store)?;
        let mut found = vec![Found::default(); ids.len()];
        for row in &rows {
            let mut row = Fields::of(row);
            let place = place(&mut row)?;
            if let (Some(id), Some(found)) = (ids.get(place), found.get_mut(place)) {
                found.take(id, &mut row)?;
            }
        }
        Ok(found.into_iter().map(located).collect())
    }
}

impl Locator {
    /// Starts the tasks that read.
    pub(super) fn start(line: &Line) -> Locator {
        let (jobs, waiting) = mpsc::channel(DEPTH);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..AT_ONCE {
            tokio::spawn(work(line.clone(), waiting.clone()));
        }
        Locator { jobs }
    }

    /// What it answers was read after it was asked.
    async fn locate(&self, ids: Vec<ComponentId>) -> Result<Vec<Option<Located>>, StoreError> {
        let (done, read) = oneshot::channel();
        let answer = async {
            self.jobs.send(Job { ids, done }).await.map_err(|_| stopped())?;
            read.await.map_err(|_| stopped())?
        };
        timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(error::too_slow()))
    }
}

/// While one task reads, the next query gathers, so queries grow with the load and nobody waits for a timer.
async fn work(line: Line, waiting: Arc<Mutex<mpsc::Receiver<Job>>>) {
    let mut jobs = Vec::with_capacity(SHARED_BY);
    loop {
        let mut turn = waiting.lock().await;
        if line.gather(&mut turn, &mut jobs, SHARED_BY).await == 0 {
            return;
        }
        // Whoever has gone away does not want to know.
        jobs.retain(|job: &Job| !job.done.is_closed());
        let reading = timeout(PATIENCE, read(&line, jobs.iter().flat_map(|job| &job.ids)));
        match line.in_turn(Some(turn), reading).await {
            Ok(Ok(rows)) => answer(jobs.drain(..), &rows),
            Ok(Err(error)) => refuse(jobs.drain(..), || error::store(error.clone())),
            Err(_) => refuse(jobs.drain(..), error::too_slow),
        }
    }
}

fn refuse(jobs: impl Iterator<Item = Job>, error: impl Fn() -> StoreError) {
    for job in jobs {
        let _ = job.done.send(Err(error()));
    }
}

/// Runs the query, and again if it was broken off.
async fn read(line: &Line, ids: impl IntoIterator<Item = &ComponentId>) -> Result<Vec<QueryResult>, DbErr> {
    let serials: Vec<&str> = ids.into_iter().map(|id| id.serial_number.as_str()).collect();
    let is_broken_off = |error: &DbErr| error::is_broken_off(&error::store(error.clone()));
    (|| rows(line, &serials)).retry(attempts::pauses()).when(is_broken_off).await
}

async fn rows(line: &Line, serials: &[&str]) -> Result<Vec<QueryResult>, DbErr> {
    let dialect = Dialect::of(&line.db);
    let sql = LOCATE.of(dialect);
    #[cfg(feature = "postgres")]
    if dialect == Dialect::Postgres {
        return postgres::for_texts(line, sql, serials).await;
    }
    let values = [json!(serials).to_string().into()];
    let query = Statement::from_sql_and_values(line.db.get_database_backend(), sql, values);
    line.db.query_all_raw(query).await
}

/// Gives everybody what is theirs. A row that cannot be read is the error of who asked for it, and of nobody else.
fn answer(jobs: impl Iterator<Item = Job>, rows: &[QueryResult]) {
    let jobs: Vec<Job> = jobs.collect();
    let ids = jobs.iter().flat_map(|job| &job.ids);
    let mut found: Vec<(&ComponentId, Result<Found, StoreError>)> =
        ids.map(|id| (id, Ok(Found::default()))).collect();
    for row in rows {
        let mut row = Fields::of(row);
        let Ok(place) = place(&mut row) else { continue };
        if let Some((id, Ok(so_far))) = found.get_mut(place)
            && let Err(error) = so_far.take(id, &mut row)
            && let Some((_, outcome)) = found.get_mut(place)
        {
            *outcome = Err(error);
        }
    }
    let mut found =
        found.into_iter().map(|(_, outcome)| outcome.map(located)).collect::<Vec<_>>().into_iter();
    for Job { ids, done } in jobs {
        // All of it is taken before an error in it counts, or the next one would be given what is left.
        let own: Vec<_> = found.by_ref().take(ids.len()).collect();
        let _ = done.send(own.into_iter().collect());
    }
}

/// For which of the ids a row is.
fn place(row: &mut Fields<'_>) -> Result<usize, StoreError> {
    Ok(usize::try_from(row.int()?).unwrap_or(usize::MAX))
}

impl Found {
    pub(super) fn take(&mut self, id: &ComponentId, row: &mut Fields<'_>) -> Result<(), StoreError> {
        let revision = rows::revision(row.int()?)?;
        let component = rows::component(row)?;
        if component.id == *id {
            self.component = Some((component, revision));
        } else {
            let idevid_issuer = component.facts.idevid_issuer;
            self.namesakes.push(Namesake { id: component.id, idevid_issuer });
        }
        Ok(())
    }
}

pub(super) fn located(found: Found) -> Option<Located> {
    let (component, revision) = found.component?;
    Some(Located { component, revision, namesakes: found.namesakes })
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the tasks that read have stopped".into())
}
