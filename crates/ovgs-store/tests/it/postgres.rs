//! The store in PostgreSQL.

use std::{io, sync::Arc};

use async_trait::async_trait;
use ovgs_store::{
    SqlDatabase,
    contract::{Fixture, Opened},
    testing::Database,
};

/// A database of its own in the tests' cluster.
#[derive(Debug)]
struct Fresh(Database);

impl Fresh {
    fn new() -> io::Result<Fresh> {
        Database::new().map(Fresh)
    }
}

#[async_trait]
impl Fixture for Fresh {
    async fn open(&self) -> Opened {
        let database = SqlDatabase::postgres(&self.0.options()?).await?;
        database.migrate().await?;
        Ok(Arc::new(database.store().await?))
    }
}

ovgs_store::store_contract!(Fresh::new()?);
