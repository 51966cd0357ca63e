//! The store in SQLite, in a file and in memory.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use ovgs_store::{
    SqlDatabase, SqliteOptions,
    contract::{Fixture, Opened},
};
use tokio::sync::OnceCell;

/// A database file in a folder of its own.
#[derive(Debug)]
struct File {
    folder: tempfile::TempDir,
}

impl File {
    fn new() -> std::io::Result<File> {
        tempfile::tempdir().map(|folder| File { folder })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ovgs.db")
    }
}

#[async_trait]
impl Fixture for File {
    async fn open(&self) -> Opened {
        let database = SqlDatabase::sqlite(&self.path(), &SqliteOptions::default()).await?;
        database.migrate().await?;
        Ok(Arc::new(database.store().await?))
    }
}

/// A database in memory.
#[derive(Debug, Default)]
struct Memory {
    database: OnceCell<SqlDatabase>,
}

#[async_trait]
impl Fixture for Memory {
    async fn open(&self) -> Opened {
        let database = self.database.get_or_try_init(SqlDatabase::sqlite_in_memory).await?;
        database.migrate().await?;
        Ok(Arc::new(database.clone().store().await?))
    }
}

mod file {
    ovgs_store::store_contract!(super::File::new()?);
}

mod memory {
    ovgs_store::store_contract!(super::Memory::default());
}
