//! The ports' functions that go to SQLite directly.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use ovgs_domain::{Component, ComponentId, IssuedVoucher};
use tokio::time::timeout;

use super::{connecting, log::Log, readers::Readers, reading, turn::Turn, writer::Writer, writing};
use crate::{
    Correction, Located, Placement, Stamp, StoreError, Within,
    sql::{error, traffic::Traffic},
};

/// How long a caller waits for a reading before the database counts as out of reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long whoever shortens the log waits for somebody else, in SQLite: others wait for it meanwhile.
const LOG_PATIENCE: Duration = Duration::from_millis(10);

/// Up to how many components are looked up before others who look up few. More are read like a page.
const FEW: usize = 16;

/// A database file, and how it is used.
#[derive(Clone, Debug)]
pub(in crate::sql) struct File {
    path: PathBuf,
    readers: u32,
    busy_timeout: Duration,
    pub(in crate::sql) turn: Turn,
    /// Whatever uses it directly.
    started: Arc<Mutex<Vec<Arc<Direct>>>>,
}

/// The threads that read and write a file. Who looks up a few components does not stand behind who reads pages of them.
#[derive(Debug)]
struct Direct {
    seekers: Readers,
    readers: Readers,
    writer: Writer,
}

impl File {
    pub(super) fn new(path: PathBuf, readers: u32, busy_timeout: Duration, turn: Turn) -> File {
        File { path, readers, busy_timeout, turn, started: Arc::default() }
    }

    /// Opens the file for threads, and starts them.
    pub(in crate::sql) fn start(&self) -> Result<Arc<dyn Traffic>, StoreError> {
        let File { path, readers, busy_timeout, turn, started } = self;
        let reading = |threads: u32| -> rusqlite::Result<Vec<_>> {
            (0..threads).map(|_| connecting::reading(path, *busy_timeout)).collect()
        };
        let seeking = reading(readers.div_ceil(2)).map_err(error::direct)?;
        let reading = reading(readers.div_ceil(2)).map_err(error::direct)?;
        let writing = connecting::writing(path, *busy_timeout).map_err(error::direct)?;
        let log = connecting::writing(path, LOG_PATIENCE).map_err(error::direct)?;
        let start = || -> io::Result<Direct> {
            let log = Log::start(log, turn.clone())?;
            let writer = Writer::start(writing, turn.clone(), log)?;
            let (seekers, readers) =
                (Readers::start("ovgs-seeker", seeking)?, Readers::start("ovgs-reader", reading)?);
            Ok(Direct { seekers, readers, writer })
        };
        let direct = Arc::new(start().map_err(|error| StoreError::Unavailable(error.into()))?);
        started.lock().unwrap_or_else(PoisonError::into_inner).push(direct.clone());
        Ok(direct)
    }

    /// Ends all threads, once what they are at is done; everything after that is refused.
    pub(in crate::sql) async fn stop(&self) {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for direct in started {
            direct.seekers.close().await;
            direct.readers.close().await;
            direct.writer.close().await;
        }
    }
}

impl Direct {
    fn readers_of(&self, ids: &[ComponentId]) -> &Readers {
        if ids.len() <= FEW { &self.seekers } else { &self.readers }
    }
}

#[async_trait]
impl Traffic for Direct {
    async fn locate(&self, ids: &[ComponentId]) -> Result<Vec<Option<Located>>, StoreError> {
        let (readers, ids) = (self.readers_of(ids), ids.to_vec());
        let located = readers.read(move |db| reading::locate(db, &ids));
        timeout(PATIENCE, located).await.unwrap_or_else(|_| Err(error::too_slow()))
    }

    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError> {
        let (readers, ids) = (self.readers_of(ids), ids.to_vec());
        readers.read(move |db| reading::components(db, &ids)).await
    }

    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError> {
        let (within, after) = (within.clone(), after.cloned());
        self.readers.read(move |db| reading::page(db, &within, after.as_ref(), limit)).await
    }

    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError> {
        let (placement, stamp) = (placement.clone(), stamp.clone());
        self.writer.write(move |db| writing::place(db, &placement, &stamp)).await
    }

    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let (new, corrections, stamp) = (new.to_vec(), corrections.to_vec(), stamp.clone());
        self.writer.write(move |db| writing::ingest(db, &new, &corrections, &stamp)).await
    }

    async fn append(&self, vouchers: &[IssuedVoucher]) -> Result<(), StoreError> {
        let vouchers = vouchers.to_vec();
        self.writer.write(move |db| writing::append(db, &vouchers)).await
    }
}
