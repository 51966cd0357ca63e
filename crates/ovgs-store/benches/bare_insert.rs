//! What entering parts costs when nothing is asked of them: multi-row inserts and no more.
//!
//! `bare_insert DATABASE FILE ROWS` makes the database with its present schema, reads the CSV file of parts into memory, and
//! then enters its rows through the driver alone, so many to a transaction, on a connection set up as the store's own.
//! It prints the seconds from the first transaction to the end of the last one. `cargo xtask bench` holds imports against
//! it.

use std::{error::Error, path::Path, time::Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use ovgs_store::{SqlDatabase, SqliteOptions};
use sea_orm::sqlx::{
    AssertSqlSafe, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// How many rows one statement enters: with more, the driver gets slower.
const CHUNK: usize = 500;

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
    let [database, file, rows] = arguments.as_slice() else { return Ok(()) };
    let (parts, rows) = (read(file)?, rows.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seconds = runtime.block_on(insert(Path::new(database), &parts, rows))?;
    println!("{seconds}");
    Ok(())
}

async fn insert(path: &Path, parts: &[Part], in_transaction: usize) -> Result<f64, Box<dyn Error>> {
    let database = SqlDatabase::sqlite(path, &SqliteOptions::default()).await?;
    database.migrate().await?;
    database.close().await;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let owner = "INSERT INTO orgs (id, revision) VALUES ('org-bench', 1)";
    sea_orm::sqlx::query(owner).execute(&mut connection).await?;
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

async fn enter(connection: &mut SqliteConnection, parts: &[Part]) -> Result<(), sea_orm::sqlx::Error> {
    let values = vec!["(?, ?, 'org-bench', ?, ?, ?)"; parts.len()].join(", ");
    let columns = "serial_number, ien, org_id, model, mac_addr, endorsement_key";
    let sql = format!("INSERT INTO components ({columns}) VALUES {values}");
    let mut query = sea_orm::sqlx::query(AssertSqlSafe(sql));
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
