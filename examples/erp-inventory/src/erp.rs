//! The ERP, as far as it matters here: who its customers are and what they bought.

use std::path::Path;

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

/// Two tables of the ERP's own. Nothing in them was made for OVGS but the column that says which organization a customer is.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS customers (
        number TEXT PRIMARY KEY,
        ovgs_org TEXT -- not every customer uses OVGS
    ) STRICT;
    CREATE TABLE IF NOT EXISTS deliveries (
        brand INTEGER NOT NULL, -- IANA Private Enterprise Number
        serial TEXT NOT NULL,
        customer TEXT NOT NULL REFERENCES customers (number),
        article TEXT,
        mac TEXT,
        tpm_key BLOB,
        tpm_certificate BLOB,
        tpm_primary_key BLOB,
        idevid_issuer BLOB,
        PRIMARY KEY (serial, brand)
    ) STRICT;
";

/// The ERP's database.
#[derive(Clone, Debug)]
pub struct Erp {
    pub(crate) pool: SqlitePool,
}

impl Erp {
    /// Opens it, and makes it where it is not there.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open(path: &Path) -> Result<Erp, sqlx::Error> {
        let file = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(file).await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        Ok(Erp { pool })
    }

    /// A customer, and which organization it is in OVGS.
    ///
    /// # Errors
    /// If it is known already.
    pub async fn add_customer(&self, number: &str, ovgs_org: Option<&str>) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO customers (number, ovgs_org) VALUES (?, ?)";
        sqlx::query(sql).bind(number).bind(ovgs_org).execute(&self.pool).await?;
        Ok(())
    }

    /// A part leaves the house.
    ///
    /// # Errors
    /// If it did before, or the customer is unknown.
    pub async fn deliver(
        &self,
        brand: u32,
        serial: &str,
        article: &str,
        customer: &str,
    ) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO deliveries (brand, serial, article, customer) VALUES (?, ?, ?, ?)";
        let insert = sqlx::query(sql).bind(brand).bind(serial).bind(article).bind(customer);
        insert.execute(&self.pool).await?;
        Ok(())
    }

    /// A part is sold on. Whether there was such a part of that customer.
    ///
    /// # Errors
    /// If the new customer is unknown.
    pub async fn resell(&self, brand: u32, serial: &str, from: &str, to: &str) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE deliveries SET customer = ? WHERE serial = ? AND brand = ? AND customer = ?";
        let sold = sqlx::query(sql).bind(to).bind(serial).bind(brand).bind(from).execute(&self.pool).await?;
        Ok(sold.rows_affected() > 0)
    }

    /// A part comes back. Whether there was such a part of that customer.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_back(&self, brand: u32, serial: &str, from: &str) -> Result<bool, sqlx::Error> {
        let sql = "DELETE FROM deliveries WHERE serial = ? AND brand = ? AND customer = ?";
        let gone = sqlx::query(sql).bind(serial).bind(brand).bind(from).execute(&self.pool).await?;
        Ok(gone.rows_affected() > 0)
    }

    /// The pool, for the rest of what the ERP does.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }
}
