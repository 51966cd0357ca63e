//! What entering parts costs when nothing is asked of them: multi-row inserts and no more.
//!
//! `bare_insert (--sqlite FILE | --postgres URL) PARTS ROWS` gives an empty database its present schema, reads the CSV file of
//! parts into memory, and then enters its rows through the driver alone, so many to a transaction, on one connection that is
//! set up as the store's own. It prints the seconds from the first transaction to the end of the last one. `cargo xtask
//! bench` holds imports against it.

use std::{error::Error, path::Path, time::Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
#[cfg(feature = "postgres")]
use ovgs_store::{PostgresOptions, PostgresTls};
use ovgs_store::{SqlDatabase, SqliteOptions, StoreError};
use sea_orm::sqlx::{
    self, AssertSqlSafe, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
#[cfg(feature = "postgres")]
use sea_orm::sqlx::{
    PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

/// How many rows one statement enters into SQLite: with more, the driver gets slower.
const CHUNK: usize = 500;

const COLUMNS: &str = "serial_number, ien, org_id, model, mac_addr, endorsement_key";

/// Whose the parts become.
const OWNER: &str = "INSERT INTO orgs (id, revision) VALUES ('org-bench', 1)";

/// One part, as it stands in the table.
struct Part {
    ien: String,
    serial_number: String,
    model: String,
    mac_addr: String,
    endorsement_key: Option<Vec<u8>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // Without arguments somebody runs all benches, and this one has nothing to do.
    let [engine, database, file, rows] = arguments.as_slice() else { return Ok(()) };
    let (parts, rows) = (read(file)?, rows.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seconds = match engine.as_str() {
        "--sqlite" => runtime.block_on(into_sqlite(Path::new(database), &parts, rows))?,
        #[cfg(feature = "postgres")]
        "--postgres" => runtime.block_on(into_postgres(database, &parts, rows))?,
        other => return Err(format!("`{other}` is no engine that this was built with").into()),
    };
    println!("{seconds}");
    Ok(())
}

async fn migrate(database: SqlDatabase) -> Result<(), StoreError> {
    database.migrate().await?;
    database.close().await;
    Ok(())
}

async fn into_sqlite(path: &Path, parts: &[Part], in_transaction: usize) -> Result<f64, Box<dyn Error>> {
    migrate(SqlDatabase::sqlite(path, &SqliteOptions::default()).await?).await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query(OWNER).execute(&mut connection).await?;
    let started = Instant::now();
    for batch in parts.chunks(in_transaction) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for chunk in batch.chunks(CHUNK) {
            enter(&mut transaction, chunk).await?;
        }
        transaction.commit().await?;
    }
    Ok(started.elapsed().as_secs_f64())
}

async fn enter(connection: &mut SqliteConnection, parts: &[Part]) -> Result<(), sqlx::Error> {
    let values = vec!["(?, ?, 'org-bench', ?, ?, ?)"; parts.len()].join(", ");
    let mut query = sqlx::query(AssertSqlSafe(format!("INSERT INTO components ({COLUMNS}) VALUES {values}")));
    for part in parts {
        query = query
            .bind(&part.serial_number)
            .bind(&part.ien)
            .bind(&part.model)
            .bind(&part.mac_addr)
            .bind(&part.endorsement_key);
    }
    query.execute(connection).await?;
    Ok(())
}

/// One array for each column, since a statement may have no more than 65,535 values; and one statement for each transaction,
/// since it is one in itself.
#[cfg(feature = "postgres")]
async fn into_postgres(url: &str, parts: &[Part], in_transaction: usize) -> Result<f64, Box<dyn Error>> {
    let options = PostgresOptions::from_url(url)?.with_tls(PostgresTls::Disable);
    migrate(SqlDatabase::postgres(&options).await?).await?;
    let options: PgConnectOptions = url.parse()?;
    let settings = [("plan_cache_mode", "force_generic_plan"), ("jit", "off")];
    let options = options.ssl_mode(PgSslMode::Disable).options(settings);
    let mut connection = PgConnection::connect_with(&options).await?;
    sqlx::query(OWNER).execute(&mut connection).await?;
    let sql = format!(
        "INSERT INTO components ({COLUMNS}) SELECT serial_number, ien, 'org-bench', model, mac_addr, endorsement_key
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            AS each (serial_number, ien, model, mac_addr, endorsement_key)"
    );
    let started = Instant::now();
    for batch in parts.chunks(in_transaction) {
        let texts = |column: fn(&Part) -> &str| batch.iter().map(column).collect::<Vec<_>>();
        let keys: Vec<_> = batch.iter().map(|part| part.endorsement_key.as_deref()).collect();
        let insert = sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(texts(|part| &part.serial_number))
            .bind(texts(|part| &part.ien))
            .bind(texts(|part| &part.model))
            .bind(texts(|part| &part.mac_addr))
            .bind(keys);
        insert.execute(&mut connection).await?;
    }
    Ok(started.elapsed().as_secs_f64())
}

fn read(file: &str) -> Result<Vec<Part>, Box<dyn Error>> {
    let mut parts = Vec::new();
    for record in csv::Reader::from_path(file)?.records() {
        let record = record?;
        let cell = |index| record.get(index).unwrap_or_default();
        let key = Some(cell(4)).filter(|key| !key.is_empty());
        parts.push(Part {
            ien: cell(0).into(),
            serial_number: cell(1).into(),
            model: cell(2).into(),
            mac_addr: cell(3).into(),
            endorsement_key: key.map(|key| STANDARD.decode(key)).transpose()?,
        });
    }
    Ok(parts)
}
