//! PostgreSQL, with as many connections as the store's own.

use futures_util::Stream;
use ovgs_proto::v1 as pb;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::engine::{Found, LIST, Listed, Record};

const READ: &str = "SELECT c.org_id AS org, o.revision, c.group_id, c.endorsement_key
    FROM components c JOIN orgs o ON o.id = c.org_id WHERE c.serial_number = $1 AND c.ien = $2";

const READ_ALL: &str = "SELECT c.org_id AS org, o.revision, c.group_id, c.endorsement_key
    FROM UNNEST($1::text[], $2::text[]) WITH ORDINALITY AS wanted (serial_number, ien, place)
    JOIN components c USING (serial_number, ien) JOIN orgs o ON o.id = c.org_id ORDER BY wanted.place";

const APPEND: &str =
    "INSERT INTO vouchers (at, caller_org, caller_name, caller_type, request_id, org_id, ien,
        serial_number, cert_id, pinned_cert, content, voucher, created_on, expires_on, issuer, signer_cert)
    SELECT 1700000000000000, 'org-bench', 'bench', 1, '00000000-0000-0000-0000-000000000000', org, ien,
        serial_number, cert, digest, digest, digest, 1700000000000000, 1700000000000000, 'dev', digest
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
        AS rows (org, ien, serial_number, cert, digest)";

#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pool: PgPool,
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> anyhow::Result<Postgres> {
        let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false);
        Ok(Postgres { pool: pool.connect(url).await? })
    }

    pub(crate) async fn read(&self, component: &pb::Component) -> anyhow::Result<Found> {
        let query = sqlx::query_as(READ).bind(&component.serial_number).bind(&component.ien);
        Ok(query.fetch_one(&self.pool).await?)
    }

    pub(crate) async fn read_all(&self, components: &[pb::Component]) -> anyhow::Result<Vec<Found>> {
        let column = |value: fn(&pb::Component) -> &str| components.iter().map(value).collect::<Vec<&str>>();
        let query = sqlx::query_as(READ_ALL)
            .bind(column(|component| &component.serial_number))
            .bind(column(|component| &component.ien));
        Ok(query.fetch_all(&self.pool).await?)
    }

    pub(crate) fn list(&self) -> impl Stream<Item = sqlx::Result<Listed>> {
        sqlx::query_as(LIST).fetch(&self.pool)
    }

    /// One statement for all records, which is a transaction in itself.
    pub(crate) async fn append(&self, records: &[Record]) -> anyhow::Result<()> {
        let column = |value: fn(&Record) -> &str| records.iter().map(value).collect::<Vec<&str>>();
        let digests: Vec<Vec<u8>> = records.iter().map(|record| record.digest().to_vec()).collect();
        let query = sqlx::query(APPEND)
            .bind(column(|record| &record.org))
            .bind(column(|record| &record.component.ien))
            .bind(column(|record| &record.component.serial_number))
            .bind(column(|record| &record.cert))
            .bind(digests);
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Changes a part, in a transaction of its own.
    pub(crate) async fn update(&self, ien: &str, serial_number: &str, model: &str) -> anyhow::Result<u64> {
        let sql = "UPDATE components SET model = $1 WHERE serial_number = $2 AND ien = $3";
        let query = sqlx::query(sql).bind(model).bind(serial_number).bind(ien);
        Ok(query.execute(&self.pool).await?.rows_affected())
    }
}
