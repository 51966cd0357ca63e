//! What only this module can see: plans, migrations, and what happens to a database in other hands.

mod backup;
mod backup_schema;
mod check;
mod direct;
mod opening;
mod plans;
#[cfg(all(unix, feature = "testing"))]
mod postgres;
#[cfg(all(unix, feature = "testing"))]
mod postgres_listings;
#[cfg(all(unix, feature = "testing"))]
mod postgres_placing;
#[cfg(all(unix, feature = "testing"))]
mod postgres_plans;
#[cfg(all(unix, feature = "testing"))]
mod postgres_silence;
mod stored;
mod trees;

use std::{error::Error, path::PathBuf};

use chrono::DateTime;
use ovgs_domain::{
    Author, Component, ComponentId, Description, Facts, Ien, OrgId, Revision, SerialNumber, User, UserType,
    Username,
};
use sea_orm::ConnectionTrait;

use super::{SqlDatabase, SqlStore, SqliteOptions};
use crate::{Inventory, Organizations, Stamp, StoreError};

type Tested = Result<(), Box<dyn Error>>;

/// A database file in a folder of its own.
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

    async fn open(&self) -> Result<SqlDatabase, StoreError> {
        SqlDatabase::sqlite(&self.path(), &SqliteOptions::default()).await
    }

    async fn store(&self) -> Result<SqlStore, StoreError> {
        let database = self.open().await?;
        database.migrate().await?;
        database.store().await
    }
}

/// A store that goes by the statements for all engines, and one that has SQLite's own ways.
async fn both(file: &File) -> Result<[SqlStore; 2], StoreError> {
    Ok([in_memory().await?, file.store().await?])
}

async fn in_memory() -> Result<SqlStore, StoreError> {
    let database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    database.store().await
}

fn stamp() -> Result<Stamp, ovgs_domain::Invalid> {
    Ok(Stamp { author: Author::Cli(Username::parse("root")?), at: DateTime::UNIX_EPOCH })
}

fn org(name: &str) -> Result<OrgId, ovgs_domain::Invalid> {
    OrgId::parse(&format!("org-{name}"))
}

fn ann(org_name: &str) -> Result<User, ovgs_domain::Invalid> {
    Ok(User { org: org(org_name)?, username: Username::parse("ann")?, user_type: UserType::User })
}

fn component(org_name: &str, ien: &str, serial: &str) -> Result<Component, ovgs_domain::Invalid> {
    let id = ComponentId { ien: Ien::parse(ien)?, serial_number: SerialNumber::parse(serial)? };
    Ok(Component { id, org: org(org_name)?, group: None, facts: Facts::default() })
}

/// Creates an organization with some components, their serial numbers made by `serial`.
async fn populate(
    store: &SqlStore,
    name: &str,
    components: usize,
    serial: impl Fn(usize) -> String,
) -> Result<(), Box<dyn Error>> {
    store.create_org(&org(name)?, &Description::parse(name)?, &stamp()?).await?;
    let new: Vec<Component> = (0..components)
        .map(|number| component(name, if number % 3 == 0 { "9" } else { "30065" }, &serial(number)))
        .collect::<Result<_, _>>()?;
    Ok(store.ingest(&new, &[], &stamp()?).await?)
}

/// Does what none of our own writers does.
async fn meddle(store: &SqlStore, sql: &str) -> Result<(), sea_orm::DbErr> {
    store.connections.writer.execute_unprepared(sql).await.map(drop)
}

const FIRST: Revision = Revision(0);
