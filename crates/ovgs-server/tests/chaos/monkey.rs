//! Kills whatever it likes, and starts it again.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::time::sleep;

use crate::{
    call::METHODS,
    options::{Engine, Options},
    stage::Stage,
    tally::Tally,
};

/// How long callers may go without any answer while servers are up.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many calls are answered between two kills.
const BETWEEN: std::ops::Range<u64> = 10..150;

/// How often it was who.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kills {
    pub(crate) servers: usize,
    pub(crate) database: usize,
}

impl Kills {
    fn total(self) -> usize {
        self.servers + self.database
    }
}

pub(crate) struct Monkey {
    stage: Arc<Stage>,
    rng: StdRng,
    options: Options,
    kills: Kills,
}

impl Monkey {
    pub(crate) fn new(stage: &Arc<Stage>, options: Options) -> Monkey {
        let rng = StdRng::seed_from_u64(options.seed);
        Monkey { stage: stage.clone(), rng, options, kills: Kills::default() }
    }

    /// Kills as often as it may, and leaves everything up.
    pub(crate) async fn run(mut self) -> Kills {
        while self.kills.total() < self.options.kills && !self.stage.is_over() {
            self.wait().await;
            let left = self.options.kills - self.kills.total();
            let database = self.options.engine == Engine::Postgres;
            match self.rng.random_range(0..12) {
                0..3 if database => self.database().await,
                3 if database && left >= 2 => self.database_and_server().await,
                0..2 if left >= 2 => self.twice().await,
                2 if left >= self.options.servers => self.all().await,
                4..6 if self.options.servers > 1 => self.for_a_while().await,
                _ => self.one().await,
            }
        }
        self.until(|tally| tally.has_succeeded(&METHODS)).await;
        self.kills
    }

    /// Waits until some calls more were answered.
    async fn wait(&mut self) {
        let enough = self.stage.tally.answers() + self.rng.random_range(BETWEEN);
        self.until(|tally| tally.answers() >= enough).await;
    }

    async fn until(&self, enough: impl Fn(&Tally) -> bool) {
        let began = self.stage.ledger.elapsed();
        while !enough(&self.stage.tally) && !self.stage.is_over() {
            if self.stage.ledger.elapsed() - began > PATIENCE {
                let text = format!("hardly anybody was served for {} s", PATIENCE.as_secs());
                return self.stage.ledger.violation(text);
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// A moment in which things go on as they are.
    async fn moment(&mut self, most: u64) {
        sleep(Duration::from_millis(self.rng.random_range(0..most))).await;
    }

    fn any(&mut self) -> usize {
        self.rng.random_range(0..self.options.servers)
    }

    async fn kill(&mut self, seat: usize) {
        self.stage.fleet.kill(seat, &self.stage.ledger).await;
        self.kills.servers += 1;
    }

    async fn start(&self, seat: usize) {
        self.stage.fleet.start(seat, &self.stage.ledger).await;
    }

    /// One server is killed and started again.
    async fn one(&mut self) {
        let seat = self.any();
        self.kill(seat).await;
        self.start(seat).await;
    }

    /// One server is missing while the others go on.
    async fn for_a_while(&mut self) {
        let seat = self.any();
        self.kill(seat).await;
        self.wait().await;
        self.start(seat).await;
    }

    /// One server is killed, and again while it starts.
    async fn twice(&mut self) {
        let seat = self.any();
        self.kill(seat).await;
        self.stage.fleet.start_and_kill(seat, &mut self.rng).await;
        self.kills.servers += 1;
        self.start(seat).await;
    }

    /// All servers are killed, and start at once.
    async fn all(&mut self) {
        for seat in 0..self.options.servers {
            self.kill(seat).await;
        }
        let starts = (0..self.options.servers).map(|seat| self.start(seat));
        join_all(starts).await;
    }

    /// The database is away for a moment.
    async fn database(&mut self) {
        self.halt().await;
        self.moment(1500).await;
        self.resume().await;
    }

    /// A server starts while the database is away.
    async fn database_and_server(&mut self) {
        let seat = self.any();
        self.halt().await;
        self.kill(seat).await;
        let stage = self.stage.clone();
        let start = tokio::spawn(async move { stage.fleet.start(seat, &stage.ledger).await });
        self.moment(1500).await;
        self.resume().await;
        start.await.unwrap();
    }

    async fn halt(&mut self) {
        let stage = self.stage.clone();
        tokio::task::spawn_blocking(move || stage.fleet.database.halt()).await.unwrap().unwrap();
        self.kills.database += 1;
    }

    async fn resume(&self) {
        let stage = self.stage.clone();
        let resumed = tokio::task::spawn_blocking(move || stage.fleet.database.resume()).await.unwrap();
        if let Err(error) = resumed {
            self.stage.ledger.violation(format!("the database does not come back: {error}"));
        }
    }
}
