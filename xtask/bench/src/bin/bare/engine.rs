//! One read and one durable write for each call, by the driver alone.

use ovgs_proto::v1 as pb;
use tokio::sync::{mpsc, oneshot};

use crate::{Database, postgres::Postgres, sqlite::Sqlite};

/// How many calls share one write at most.
const SHARED_BY: usize = 256;

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
    record: Record,
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

    /// Returns once the record is durable.
    pub(crate) async fn append(&self, record: Record) -> anyhow::Result<()> {
        let (done, written) = oneshot::channel();
        self.jobs.send(Job { record, done }).await?;
        anyhow::ensure!(written.await?, "the record was not written");
        Ok(())
    }
}

/// While one batch is written the next one gathers.
async fn write(writer: Reader, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(SHARED_BY);
    while waiting.recv_many(&mut jobs, SHARED_BY).await > 0 {
        let (records, done): (Vec<Record>, Vec<_>) = jobs.drain(..).map(|job| (job.record, job.done)).unzip();
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
