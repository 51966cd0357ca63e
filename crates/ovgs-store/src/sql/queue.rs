//! Group commit: what many callers append at the same time is made durable by one transaction.

use std::sync::LazyLock;

use backon::Retryable;
use ovgs_domain::IssuedVoucher;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

#[cfg(feature = "postgres")]
use super::postgres;
use super::{
    attempts,
    dialect::Dialect,
    entering::hex,
    error,
    gathering::Line,
    rows::{micros, type_number},
};
use crate::StoreError;

/// How many calls may wait before the next one waits to be let in.
const DEPTH: usize = 1024;
/// How many calls share one transaction at most.
const SHARED_BY: usize = 256;

/// What a record consists of, in the order of [`row`].
pub(super) const COLUMNS: &str = "at, caller_org, caller_name, caller_type, request_id, org_id, ien, serial_number, \
     cert_id, pinned_cert, content, voucher, created_on, expires_on, issuer, signer_cert";

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let dialect = Dialect::Sqlite;
    let item = |index| match index {
        0 | 3 | 12 | 13 => dialect.int(index),
        9..12 | 15 => dialect.bytes(index),
        _ => dialect.text(index),
    };
    let items: Vec<String> = (0..16).map(item).collect();
    let (items, each) = (items.join(", "), dialect.each());
    format!("INSERT INTO vouchers ({COLUMNS}) SELECT {items} FROM {each} ORDER BY each.key")
});

/// The way into the journal. The task behind it ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    jobs: mpsc::Sender<Job>,
}

/// What one call appends, and where it waits.
#[derive(Debug)]
struct Job {
    vouchers: Vec<IssuedVoucher>,
    done: oneshot::Sender<Result<(), DbErr>>,
}

impl Queue {
    /// Starts the task that writes.
    pub(super) fn start(line: Line) -> Queue {
        let (jobs, waiting) = mpsc::channel(DEPTH);
        tokio::spawn(work(line, waiting));
        Queue { jobs }
    }

    /// Returns once the records are durable. A caller that goes away takes nothing of the others with it; its own
    /// records may or may not be written.
    pub(super) async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        let job = Job { vouchers: vouchers.to_vec(), done };
        self.jobs.send(job).await.map_err(|_| stopped())?;
        written.await.map_err(|_| stopped())?.map_err(error::alone)
    }
}

/// While one batch is written the next one gathers, so batches grow with the load and nobody waits for a timer.
async fn work(line: Line, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(SHARED_BY);
    while line.gather(&mut waiting, &mut jobs, SHARED_BY).await > 0 {
        let vouchers: Vec<_> = jobs.iter_mut().flat_map(|job| std::mem::take(&mut job.vouchers)).collect();
        let outcome = write(&line, &vouchers).await;
        for job in jobs.drain(..) {
            // Whoever has gone away does not want to know.
            let _ = job.done.send(outcome.clone());
        }
    }
}

/// Writes all records, and tries again what surely was not written.
async fn write(line: &Line, vouchers: &[IssuedVoucher]) -> Result<(), DbErr> {
    let is_broken_off = |error: &DbErr| error::is_broken_off(&error::alone(error.clone()));
    (|| insert(line, vouchers)).retry(attempts::pauses()).when(is_broken_off).await
}

/// One statement, which is a transaction in itself.
async fn insert(line: &Line, vouchers: &[IssuedVoucher]) -> Result<(), DbErr> {
    #[cfg(feature = "postgres")]
    if Dialect::of(&line.db) == Dialect::Postgres {
        return postgres::append(line, vouchers).await;
    }
    let rows: Vec<Value> = vouchers.iter().map(row).collect();
    let values = [Value::Array(rows).to_string().into()];
    let insert = Statement::from_sql_and_values(line.db.get_database_backend(), INSERT.as_str(), values);
    line.db.execute_raw(insert).await.map(drop)
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the journal's task has stopped".into())
}

fn row(voucher: &IssuedVoucher) -> Value {
    json!([
        micros(voucher.at),
        voucher.caller.org.as_str(),
        voucher.caller.username.as_str(),
        type_number(voucher.caller.user_type),
        voucher.request_id.as_str(),
        voucher.org.as_str(),
        voucher.component.ien.to_string(),
        voucher.component.serial_number.as_str(),
        voucher.cert.as_str(),
        hex(voucher.pinned_cert.as_bytes()),
        hex(voucher.content.as_bytes()),
        hex(voucher.voucher.as_bytes()),
        micros(voucher.created_on),
        voucher.expires_on.map(micros),
        voucher.issuer,
        hex(voucher.signer_cert.as_bytes()),
    ])
}
