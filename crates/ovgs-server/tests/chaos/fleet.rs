//! The servers: each has a seat, in which one process follows the other.

use std::{fs, time::Duration};

use rand::Rng;
use tokio::{
    sync::{Mutex, watch},
    time::{sleep, timeout},
};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::{
    database::Database,
    ledger::Ledger,
    process::{Process, log_name},
    site::Site,
};

/// How long a start may take on a machine that is busy, the recovery of a database included.
const START: Duration = Duration::from_secs(120);

/// How a seat stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Which of the seat's processes it is; the next one begins when this one is killed.
    pub(crate) generation: u64,
    /// Where it is, if it is ready.
    pub(crate) endpoint: Option<Endpoint>,
}

#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) site: Site,
    pub(crate) database: Database,
    seats: Vec<Mutex<Option<Process>>>,
    standing: watch::Sender<Vec<Standing>>,
    tls: ClientTlsConfig,
}

impl Fleet {
    /// A fleet of so many seats, all of them empty.
    pub(crate) fn new(site: Site, database: Database, seats: usize) -> Fleet {
        let ca = Certificate::from_pem(fs::read(site.path("server.pem")).unwrap());
        Fleet {
            site,
            database,
            seats: (0..seats).map(|_| Mutex::default()).collect(),
            standing: watch::Sender::new(vec![Standing::default(); seats]),
            tls: ClientTlsConfig::new().ca_certificate(ca).domain_name("localhost"),
        }
    }

    pub(crate) fn seats(&self) -> usize {
        self.seats.len()
    }

    /// How a seat stands now.
    pub(crate) fn standing(&self, seat: usize) -> Standing {
        self.standing.borrow()[seat].clone()
    }

    /// The seats whose servers are ready.
    pub(crate) fn ready(&self) -> Vec<usize> {
        let standing = self.standing.borrow();
        (0..standing.len()).filter(|seat| standing[*seat].endpoint.is_some()).collect()
    }

    /// Waits until some server is ready.
    pub(crate) async fn until_ready(&self) {
        let mut standing = self.standing.subscribe();
        let any = |all: &Vec<Standing>| all.iter().any(|one| one.endpoint.is_some());
        // The sender lives as long as we do.
        let _ = standing.wait_for(any).await;
    }

    /// Kills what is in a seat. Whoever talks to it finds out by the generation that it was us.
    pub(crate) async fn kill(&self, seat: usize, ledger: &Ledger) {
        let Some(mut process) = self.seats[seat].lock().await.take() else { return };
        if process.has_ended() {
            ledger.violation(format!("server {seat} ended by itself; its log ends with{}", self.log(seat)));
        }
        self.standing.send_modify(|all| {
            all[seat].generation += 1;
            all[seat].endpoint = None;
        });
        drop(process);
    }

    /// Starts a server in an empty seat and waits until it is ready. One that finds no database is started again, as a
    /// service manager does; any other one has to come up by itself.
    pub(crate) async fn start(&self, seat: usize, ledger: &Ledger) {
        let began = ledger.elapsed();
        while ledger.elapsed() - began < START {
            let (turn, up) = self.database.turn();
            let mut process = Process::spawn(&self.site, seat);
            match timeout(START, process.ready()).await {
                Ok(Some(address)) => return self.seat(seat, process, &address).await,
                Ok(None) if !up || self.database.turn().0 != turn => sleep(Duration::from_millis(50)).await,
                Ok(None) => {
                    let log = self.log(seat);
                    return ledger
                        .violation(format!("server {seat} did not come up; its log ends with{log}"));
                }
                Err(_) => break,
            }
        }
        ledger.violation(format!("server {seat} is not ready after {} s", START.as_secs()));
    }

    async fn seat(&self, seat: usize, process: Process, address: &str) {
        *self.seats[seat].lock().await = Some(process);
        let endpoint = Endpoint::try_from(address.to_owned()).unwrap().tls_config(self.tls.clone()).unwrap();
        self.standing.send_modify(|all| all[seat].endpoint = Some(endpoint.connect_timeout(START)));
    }

    /// Starts a server in an empty seat and kills it before, or just after, it is ready.
    pub(crate) async fn start_and_kill(&self, seat: usize, rng: &mut impl Rng) {
        let process = Process::spawn(&self.site, seat);
        sleep(Duration::from_millis(rng.random_range(0..400))).await;
        drop(process);
    }

    /// Stops every server as a service manager does.
    pub(crate) async fn stop(&self, ledger: &Ledger) {
        for seat in 0..self.seats() {
            let Some(process) = self.seats[seat].lock().await.take() else { continue };
            let stopped = tokio::task::spawn_blocking(|| process.stop()).await.unwrap();
            if !stopped {
                ledger.violation(format!("server {seat} did not stop well{}", self.log(seat)));
            }
        }
    }

    /// The end of a seat's log.
    pub(crate) fn log(&self, seat: usize) -> String {
        let log = fs::read_to_string(self.site.path(&log_name(seat))).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].iter().map(|line| format!("\n    {line}")).collect()
    }
}
