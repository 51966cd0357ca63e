//! Listings by statements that bring more than one portion.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use ovgs_domain::{Component, ComponentId};

use super::{
    FIRST, Tested, org, populate,
    postgres::{Opened, open},
};
use crate::{Inventory, Organizations, Within, testing::Database};

/// More than the first statements of a listing bring.
const COMPONENTS: usize = 9000;

fn all() -> Result<Within, Box<dyn std::error::Error>> {
    Ok(Within { org: org("a")?, group: None })
}

fn ids(portions: Vec<Vec<Component>>) -> Vec<ComponentId> {
    portions.into_iter().flatten().map(|component| component.id).collect()
}

#[tokio::test]
async fn a_listing_outlives_its_connection() -> Tested {
    let opened = Opened::new().await?;
    let (store, database) = (&opened.store, &opened.database);
    populate(store, "a", COMPONENTS, |number| format!("ABC{number:05}")).await?;
    let within = all()?;
    let page = store.components_in(&within, None, usize::MAX).await?;
    for whole in [1, 2, 4, 7] {
        let mut listing = store.listing(&within, None);
        let mut portions = Vec::new();
        for _ in 0..whole {
            portions.extend(listing.try_next().await?);
        }
        database.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )?;
        portions.extend(listing.try_collect::<Vec<_>>().await?);
        assert!(ids(portions) == ids(vec![page.clone()]), "broken after {whole} portions");
    }
    Ok(())
}

#[tokio::test]
async fn listings_leave_connections_for_others() -> Tested {
    let database = Database::new()?;
    for connections in 1..=4 {
        let mut options = database.options()?;
        (options.max_connections, options.acquire_timeout) = (connections, Duration::from_secs(2));
        let store = open(&options).await?;
        if connections == 1 {
            populate(&store, "a", COMPONENTS, |number| format!("ABC{number:05}")).await?;
        }
        let within = all()?;
        let mut listings: Vec<_> = (0..8).map(|_| store.listing(&within, None)).collect();
        let mut portions = Vec::new();
        // Two portions of each, since the first statement is over with the first of them.
        for listing in &mut listings {
            portions.push(vec![listing.try_next().await?.unwrap_or_default()]);
        }
        for (listing, portions) in listings.iter_mut().zip(&mut portions) {
            portions.extend(listing.try_next().await?);
        }
        assert_eq!(store.revision(&org("a")?).await?, Some(FIRST), "with {connections} connections");
        for (listing, mut portions) in listings.into_iter().zip(portions) {
            portions.extend(listing.try_collect::<Vec<_>>().await?);
            assert_eq!(ids(portions).len(), COMPONENTS);
        }
        store.close().await;
    }
    Ok(())
}
