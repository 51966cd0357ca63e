//! SQLite, set up as the store's own: one connection that writes, four that read, WAL, nothing lost in a power cut.

use std::{fmt::Write as _, path::Path, time::Duration};

use futures_util::Stream;
use ovgs_proto::v1 as pb;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::engine::{Found, LIST, Listed, Record};

const READ: &str = "SELECT c.org_id AS org, o.revision, c.group_id, c.endorsement_key
    FROM components c JOIN orgs o ON o.id = c.org_id WHERE c.serial_number = ? AND c.ien = ?";

const READ_ALL: &str = "SELECT c.org_id AS org, o.revision, c.group_id, c.endorsement_key
    FROM json_each(?) wanted CROSS JOIN components c CROSS JOIN orgs o
    WHERE c.serial_number = wanted.value ->> 0 AND c.ien = wanted.value ->> 1 AND o.id = c.org_id ORDER BY wanted.key";

const APPEND: &str = "INSERT INTO vouchers (at, caller_org, caller_name, caller_type, request_id, org_id, ien,
        serial_number, cert_id, pinned_cert, content, voucher, created_on, expires_on, issuer, signer_cert)
    SELECT 1700000000000000, 'org-bench', 'bench', 1, '00000000-0000-0000-0000-000000000000', value ->> 0, value ->> 1,
        value ->> 2, value ->> 3, unhex(value ->> 4), unhex(value ->> 4), unhex(value ->> 4), 1700000000000000,
        1700000000000000, 'dev', unhex(value ->> 4)
    FROM json_each(?)";

#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Sqlite> {
        let file = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(5));
        let writing = file
            .clone()
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        Ok(Sqlite { writer: pool(writing, 1).await?, readers: pool(file.read_only(true), 4).await? })
    }

    pub(crate) async fn read(&self, component: &pb::Component) -> anyhow::Result<Found> {
        let query = sqlx::query_as(READ).bind(&component.serial_number).bind(&component.ien);
        Ok(query.fetch_one(&self.readers).await?)
    }

    pub(crate) async fn read_all(&self, components: &[pb::Component]) -> anyhow::Result<Vec<Found>> {
        let wanted: Vec<_> = components.iter().map(|wanted| [&wanted.serial_number, &wanted.ien]).collect();
        let query = sqlx::query_as(READ_ALL).bind(serde_json::to_string(&wanted)?);
        Ok(query.fetch_all(&self.readers).await?)
    }

    pub(crate) fn list(&self) -> impl Stream<Item = sqlx::Result<Listed>> {
        sqlx::query_as(LIST).fetch(&self.readers)
    }

    /// One statement for all records, which is a transaction in itself.
    pub(crate) async fn append(&self, records: &[Record]) -> anyhow::Result<()> {
        let mut rows = String::with_capacity(256 * records.len());
        for record in records {
            rows.push(if rows.is_empty() { '[' } else { ',' });
            let Record { org, component: pb::Component { ien, serial_number }, cert, .. } = record;
            write!(
                rows,
                r#"["{org}","{ien}","{serial_number}","{cert}","{}"]"#,
                hex::encode(record.digest())
            )?;
        }
        rows.push(']');
        sqlx::query(APPEND).bind(rows).execute(&self.writer).await?;
        Ok(())
    }

    /// Changes a part, in a transaction of its own.
    pub(crate) async fn update(&self, ien: &str, serial_number: &str, model: &str) -> anyhow::Result<u64> {
        let sql = "UPDATE components SET model = ? WHERE serial_number = ? AND ien = ?";
        let query = sqlx::query(sql).bind(model).bind(serial_number).bind(ien);
        Ok(query.execute(&self.writer).await?.rows_affected())
    }
}

async fn pool(options: SqliteConnectOptions, connections: u32) -> anyhow::Result<SqlitePool> {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}
