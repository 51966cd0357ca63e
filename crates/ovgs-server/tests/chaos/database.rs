//! The database that the servers share, and its end.

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use ovgs_store::{
    PostgresOptions, PostgresTls, SqlDatabase, SqliteOptions,
    testing::{Cluster, Programs},
};

use crate::{options::Engine, site::Site};

/// What the servers keep everything in.
#[derive(Debug)]
pub(crate) struct Database {
    /// PostgreSQL's own process; SQLite has none.
    cluster: Option<Mutex<Cluster>>,
    /// Grows with each end and each beginning; odd while it is down.
    turns: AtomicU64,
    away: Mutex<Away>,
}

/// For how long it was down.
#[derive(Debug, Default)]
struct Away {
    since: Option<Instant>,
    longest: Duration,
}

impl Database {
    /// Makes one, and tells the site where it is.
    pub(crate) fn make(engine: Engine, site: &Site) -> io::Result<Database> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let cluster = Cluster::durable(&Programs::require()?)?;
                let url = cluster.url();
                let store = format!("[store]\nengine = \"postgres\"\nurl = \"{url}\"\ntls = \"disable\"\n");
                site.configure("[tokens]", &format!("{store}[tokens]"));
                Some(Mutex::new(cluster))
            }
        };
        Ok(Database { cluster, turns: AtomicU64::new(0), away: Mutex::default() })
    }

    /// Ends it in the middle of whatever it does.
    pub(crate) fn halt(&self) -> io::Result<()> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        self.turns.fetch_add(1, Ordering::SeqCst);
        self.away.lock().unwrap().since = Some(Instant::now());
        cluster.lock().unwrap().halt()
    }

    /// Starts it again.
    pub(crate) fn resume(&self) -> io::Result<()> {
        let Some(cluster) = &self.cluster else { return Ok(()) };
        cluster.lock().unwrap().resume()?;
        self.turns.fetch_add(1, Ordering::SeqCst);
        let mut away = self.away.lock().unwrap();
        let lasted = away.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        away.longest = away.longest.max(lasted);
        Ok(())
    }

    /// The longest time from its end to the end of its recovery.
    pub(crate) fn longest_away(&self) -> Duration {
        self.away.lock().unwrap().longest
    }

    /// A number that differs before and after each end and each beginning, and whether it is up.
    pub(crate) fn turn(&self) -> (u64, bool) {
        let turns = self.turns.load(Ordering::SeqCst);
        (turns, turns.is_multiple_of(2))
    }

    /// A connection of our own, beside the servers.
    pub(crate) async fn open(&self, site: &Site) -> SqlDatabase {
        match &self.cluster {
            None => SqlDatabase::sqlite(&site.path("ovgs.db"), &SqliteOptions::default()).await.unwrap(),
            Some(cluster) => {
                let url = cluster.lock().unwrap().url();
                let options = PostgresOptions::from_url(&url).unwrap().with_tls(PostgresTls::Disable);
                SqlDatabase::postgres(&options).await.unwrap()
            }
        }
    }
}
