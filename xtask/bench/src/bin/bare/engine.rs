//! One read and one durable write for each call, or one query for a whole list, by the driver alone.

use futures_util::{Stream, StreamExt as _};
use ovgs_proto::v1 as pb;
use tokio::sync::{mpsc, oneshot};

use crate::{Database, postgres::Postgres, sqlite::Sqlite};

/// How many calls share one write at most.
const SHARED_BY: usize = 256;
/// How many rows of a list go on together at most.
const ROWS: usize = 500;

/// All parts, in no order.
pub(crate) const LIST: &str =
    "SELECT ien, serial_number, group_id, model, mac_addr, endorsement_key FROM components";

/// A database, and the way to the task that writes into it.
#[derive(Debug)]
pub(crate) struct Engine {
    reader: Reader,
    jobs: mpsc::Sender<Job>,
}

#[derive(Clone, Debug)]
enum Reader {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// What is read of a part: its organization, the revision of that, its group, its endorsement key.
pub(crate) type Found = (String, i64, Option<String>, Option<Vec<u8>>);

/// What is listed of a part: its manufacturer, serial number, group, model, MAC address and endorsement key.
pub(crate) type Listed = (String, String, Option<String>, Option<String>, Option<String>, Option<Vec<u8>>);

/// Rows as they come, or why there are no more.
pub(crate) type Rows = mpsc::Receiver<anyhow::Result<Vec<Listed>>>;

/// A journal record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) org: String,
    pub(crate) component: pb::Component,
    pub(crate) cert: String,
    pub(crate) number: u64,
}

impl Record {
    /// Stands for a digest.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = [7; 32];
        let (front, _) = digest.split_at_mut(size_of::<u64>());
        front.copy_from_slice(&self.number.to_be_bytes());
        digest
    }
}

struct Job {
    records: Vec<Record>,
    done: oneshot::Sender<bool>,
}

impl Engine {
    /// Opens the database, if one is named.
    pub(crate) async fn open(database: &Database) -> anyhow::Result<Option<Engine>> {
        let reader = match (&database.sqlite, &database.postgres) {
            (Some(path), _) => Reader::Sqlite(Sqlite::open(path).await?),
            (None, Some(url)) => Reader::Postgres(Postgres::open(url).await?),
            (None, None) => return Ok(None),
        };
        let (jobs, waiting) = mpsc::channel(1024);
        tokio::spawn(write(reader.clone(), waiting));
        Ok(Some(Engine { reader, jobs }))
    }

    pub(crate) async fn read(&self, component: &pb::Component) -> anyhow::Result<Found> {
        match &self.reader {
            Reader::Sqlite(sqlite) => sqlite.read(component).await,
            Reader::Postgres(postgres) => postgres.read(component).await,
        }
    }

    /// The same of many, in the order in which they are asked for.
    pub(crate) async fn read_all(&self, components: &[pb::Component]) -> anyhow::Result<Vec<Found>> {
        let found = match &self.reader {
            Reader::Sqlite(sqlite) => sqlite.read_all(components).await?,
            Reader::Postgres(postgres) => postgres.read_all(components).await?,
        };
        anyhow::ensure!(found.len() == components.len(), "some parts are not there");
        Ok(found)
    }

    /// Returns once the records are durable.
    pub(crate) async fn append(&self, records: Vec<Record>) -> anyhow::Result<()> {
        let (done, written) = oneshot::channel();
        self.jobs.send(Job { records, done }).await?;
        anyhow::ensure!(written.await?, "the records were not written");
        Ok(())
    }

    /// All parts.
    pub(crate) fn list(&self) -> Rows {
        let (rows, listed) = mpsc::channel(2);
        let reader = self.reader.clone();
        tokio::spawn(async move {
            match &reader {
                Reader::Sqlite(sqlite) => forward(sqlite.list(), &rows).await,
                Reader::Postgres(postgres) => forward(postgres.list(), &rows).await,
            }
        });
        listed
    }
}

/// Sends rows on, as many at once as have come.
async fn forward(
    rows: impl Stream<Item = sqlx::Result<Listed>> + Send,
    listed: &mpsc::Sender<anyhow::Result<Vec<Listed>>>,
) {
    let mut rows = std::pin::pin!(rows.ready_chunks(ROWS));
    while let Some(rows) = rows.next().await {
        let rows: sqlx::Result<Vec<Listed>> = rows.into_iter().collect();
        if listed.send(rows.map_err(anyhow::Error::from)).await.is_err() {
            return;
        }
    }
}

/// While one batch is written the next one gathers.
async fn write(writer: Reader, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(SHARED_BY);
    while waiting.recv_many(&mut jobs, SHARED_BY).await > 0 {
        let (records, done): (Vec<_>, Vec<_>) = jobs.drain(..).map(|job| (job.records, job.done)).unzip();
        let records: Vec<Record> = records.into_iter().flatten().collect();
        let outcome = match &writer {
            Reader::Sqlite(sqlite) => sqlite.append(&records).await,
            Reader::Postgres(postgres) => postgres.append(&records).await,
        };
        if let Err(error) = &outcome {
            eprintln!("{error:#}");
        }
        for done in done {
            // Whoever has gone away does not want to know.
            let _ = done.send(outcome.is_ok());
        }
    }
}
