//! Who is fetching which tree: of many callers that miss the same one, one asks the store.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ovgs_domain::{Org, OrgId};
use ovgs_store::StoreError;
use tokio::{sync, time::timeout};

/// What the last caller brought.
type Landed = Option<Arc<Org>>;

/// The trees that are being fetched now.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<OrgId, Flight>>);

#[derive(Default)]
struct Flight {
    callers: usize,
    landed: Arc<sync::Mutex<Landed>>,
}

/// A caller's seat on a flight. The last one to leave ends the flight, so that nothing is kept here for longer than
/// somebody waits for it.
pub(super) struct Seat<'a> {
    flights: &'a Flights,
    org: &'a OrgId,
    landed: Arc<sync::Mutex<Landed>>,
}

impl Flights {
    /// Takes a seat on the flight for a tree.
    pub(super) fn join<'a>(&'a self, org: &'a OrgId) -> Seat<'a> {
        let mut flights = self.lock();
        let flight = flights.entry(org.clone()).or_default();
        flight.callers += 1;
        Seat { flights: self, org, landed: flight.landed.clone() }
    }

    /// How many callers have a seat on the flight for a tree.
    #[cfg(test)]
    pub(super) fn callers(&self, org: &OrgId) -> usize {
        self.lock().get(org).map_or(0, |flight| flight.callers)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrgId, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// Waits until nobody else is at the store for this tree, and gives what the one before brought, if anything. A
    /// caller that went away or failed makes room for the next one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when `patience` ends.
    pub(super) async fn turn(&self, patience: Duration) -> Result<sync::MutexGuard<'_, Landed>, StoreError> {
        let turn = timeout(patience, self.landed.lock()).await;
        turn.map_err(|_| {
            StoreError::Unavailable("the organization is still being read for another call".into())
        })
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut flight) = self.flights.lock().entry(self.org.clone()) {
            flight.get_mut().callers -= 1;
            if flight.get().callers == 0 {
                flight.remove();
            }
        }
    }
}
