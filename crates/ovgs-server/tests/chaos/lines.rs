//! Connections to the servers, one for each seat, shared by the callers of one program.

use std::sync::Arc;

use rand::{Rng, seq::IndexedRandom};
use tokio::sync::Mutex;
use tonic::transport::Channel;

use crate::{call::Client, stage::Stage};

/// A connection to one process.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) seat: usize,
    /// Which of the seat's processes is at the other end.
    pub(crate) generation: u64,
    pub(crate) channel: Channel,
}

impl Line {
    pub(crate) fn client(&self) -> Client {
        Client::new(self.channel.clone())
    }
}

#[derive(Debug)]
pub(crate) struct Lines {
    stage: Arc<Stage>,
    kept: Vec<Mutex<Option<Line>>>,
}

impl Lines {
    pub(crate) fn new(stage: Arc<Stage>) -> Lines {
        let kept = (0..stage.fleet.seats()).map(|_| Mutex::default()).collect();
        Lines { stage, kept }
    }

    /// The line to the process that is in a seat now; `None` if none is, or it has just been killed.
    pub(crate) async fn to(&self, seat: usize) -> Option<Line> {
        let mut kept = self.kept[seat].lock().await;
        let standing = self.stage.fleet.standing(seat);
        let endpoint = standing.endpoint?;
        if let Some(line) = kept.as_ref().filter(|line| line.generation == standing.generation) {
            return Some(line.clone());
        }
        match endpoint.connect().await {
            Ok(channel) => {
                let line = Line { seat, generation: standing.generation, channel };
                *kept = Some(line.clone());
                Some(line)
            }
            Err(error) => {
                if !self.was_killed(seat, standing.generation) {
                    let text = format!("server {seat} is ready and takes no connection: {error:?}");
                    self.stage.ledger.violation(text);
                }
                None
            }
        }
    }

    /// A line to some server, preferably to the one last spoken to. Waits until there is one; `None` at the end of a run
    /// that failed.
    pub(crate) async fn any(&self, preferred: Option<usize>, rng: &mut impl Rng) -> Option<Line> {
        loop {
            let ready = self.stage.fleet.ready();
            let seat = preferred.filter(|seat| ready.contains(seat)).or_else(|| ready.choose(rng).copied());
            match seat {
                Some(seat) => {
                    if let Some(line) = self.to(seat).await {
                        return Some(line);
                    }
                }
                None => self.stage.fleet.until_ready().await,
            }
            if self.stage.ledger.is_broken() {
                return None;
            }
        }
    }

    /// Whether the process at the other end was killed by us, or is about to be.
    pub(crate) fn was_killed(&self, seat: usize, generation: u64) -> bool {
        self.stage.fleet.standing(seat).generation != generation
    }
}
