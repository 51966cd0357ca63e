//! Durable updates of single rows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{Updates, postgres::Postgres, sqlite::Sqlite};

#[derive(Debug)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Engine {
    async fn update(&self, serial_number: &str, model: &str) -> anyhow::Result<()> {
        let updated = match self {
            Engine::Sqlite(sqlite) => sqlite.update("30065", serial_number, model).await?,
            Engine::Postgres(postgres) => postgres.update("30065", serial_number, model).await?,
        };
        anyhow::ensure!(updated == 1, "there is no part `{serial_number}`");
        Ok(())
    }
}

/// How many updates there are in a second, each of another row.
pub(crate) async fn per_second(wanted: &Updates) -> anyhow::Result<f64> {
    let engine = Arc::new(match (&wanted.database.sqlite, &wanted.database.postgres) {
        (Some(path), _) => Engine::Sqlite(Sqlite::open(path).await?),
        (None, Some(url)) => Engine::Postgres(Postgres::open(url).await?),
        (None, None) => anyhow::bail!("name a database"),
    });
    let (begun, next) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut clients = JoinSet::new();
    for _ in 0..wanted.clients {
        let (engine, next, parts) = (engine.clone(), next.clone(), wanted.parts);
        let end = begun + Duration::from_secs_f64(wanted.seconds);
        clients.spawn(async move {
            let mut made = 0_u64;
            while Instant::now() < end {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let serial_number = format!("JPE{:08}", number.wrapping_mul(7919) % parts);
                engine.update(&serial_number, &format!("DCS-{number}")).await?;
                made += 1;
            }
            anyhow::Ok(made)
        });
    }
    let mut made = 0;
    while let Some(one) = clients.join_next().await {
        made += one??;
    }
    Ok(made as f64 / begun.elapsed().as_secs_f64())
}
