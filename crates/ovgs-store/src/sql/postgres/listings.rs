//! Listings by statements that bring more than one portion: PostgreSQL sends rows while those before them are read.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use ovgs_domain::{Component, ComponentId};
use sea_orm::DatabaseConnection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    Inventory as _, StoreError, Within,
    ports::listing::PORTION_OCTETS,
    sql::{SqlStore, error, listing::Reading},
};

/// How many components a portion has, at most.
const PORTION: usize = 500;
/// After this many the statement is a new one, so that no snapshot lasts as long as the listing.
const STATEMENT: usize = 64 * PORTION;

/// The places for them. While a statement lasts its connection is taken, and whoever lists asks for other things as well:
/// if listings had all connections, all of them might wait for one more. So they have half; the others read pages.
#[derive(Clone, Debug)]
pub(in crate::sql) struct Listings(Arc<Semaphore>);

/// A listing, between two portions.
struct Listing<'a> {
    store: &'a SqlStore,
    within: &'a Within,
    after: Option<ComponentId>,
    /// How many the next statement brings: at first few, since whoever takes them slowly takes no more of them.
    limit: usize,
    under_way: Option<(Reading<'a>, OwnedSemaphorePermit)>,
}

impl Listings {
    pub(in crate::sql) fn of(db: &DatabaseConnection) -> Listings {
        let connections = db.get_postgres_connection_pool().options().get_max_connections();
        Listings(Arc::new(Semaphore::new(connections as usize / 2)))
    }

    /// What [`Inventory::listing`](crate::Inventory::listing) answers.
    pub(in crate::sql) fn begin<'a>(
        &'a self,
        store: &'a SqlStore,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
        let listing = Listing { store, within, after, limit: PORTION, under_way: None };
        let next = async move |mut listing: Listing<'a>| {
            let portion = match store.connections.in_time(listing.next(&self.0)).await {
                // A page takes less time, and is tried several times.
                Err(failed) if error::is_broken_off(&failed) || error::is_cut_short(&failed) => {
                    listing.page().await?
                }
                portion => portion?,
            };
            let Some(last) = portion.last() else { return Ok(None) };
            listing.after = Some(last.id.clone());
            Ok(Some((portion, listing)))
        };
        stream::try_unfold(listing, next).boxed()
    }
}

impl Listing<'_> {
    /// The next portion; none of it is left if that fails.
    async fn next(&mut self, places: &Arc<Semaphore>) -> Result<Vec<Component>, StoreError> {
        let (mut reading, place) = match self.under_way.take() {
            Some(under_way) => under_way,
            None => {
                let Ok(place) = places.clone().try_acquire_owned() else { return self.page().await };
                let limit = self.limit;
                self.limit = (2 * limit).min(STATEMENT);
                (self.store.read(self.within, self.after.as_ref(), limit).await?, place)
            }
        };
        let portion = reading.next(PORTION, PORTION_OCTETS).await?;
        self.under_way = (reading.left > 0).then_some((reading, place));
        Ok(portion)
    }

    async fn page(&mut self) -> Result<Vec<Component>, StoreError> {
        self.store.components_in(self.within, self.after.as_ref(), PORTION).await
    }
}
