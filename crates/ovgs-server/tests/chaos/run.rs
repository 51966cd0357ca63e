//! One run, from the first server to the verdict.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::{
    database::Database,
    fleet::Fleet,
    load,
    monkey::{Kills, Monkey},
    options::Options,
    site::Site,
    stage::Stage,
    tally::Outage,
    verdict, world,
};

/// Runs, and prints what came of it; whether all was well.
pub(crate) async fn run(options: Options) -> bool {
    let Options { engine, kills, servers, orgs, seed } = options;
    println!("chaos: {kills} kills, {engine}, {servers} servers, {orgs} organizations, --seed {seed}");
    let stage = Arc::new(Stage::new(fleet(options)));
    join_all((0..servers).map(|seat| stage.fleet.start(seat, &stage.ledger))).await;
    let households = world::furnish(&stage, orgs, seed).await;
    let mut tasks = load::start(&households);
    let kills = Monkey::new(&stage, options).run().await;
    stage.end();
    while let Some(task) = tasks.join_next().await {
        if let Err(error) = task {
            stage.ledger.violation(format!("a caller broke down: {error}"));
        }
    }
    let loaded = stage.ledger.elapsed();
    for seat in 0..servers {
        stage.fleet.kill(seat, &stage.ledger).await;
    }
    join_all((0..servers).map(|seat| stage.fleet.start(seat, &stage.ledger))).await;
    verdict::pass(&stage, &households).await;
    println!(
        "{:.1} s under load, {:.1} s in all",
        loaded.as_secs_f64(),
        stage.ledger.elapsed().as_secs_f64()
    );
    report(&stage, kills);
    conclude(&stage, seed)
}

fn fleet(options: Options) -> Fleet {
    let site = Site::new();
    let principal = format!("principals = [\"{}/service-account/chaos\"]", world::VENDOR);
    site.configure("[tokens]", &format!("[provisioning]\n{principal}\non_main = true\n[tokens]"));
    let database = Database::make(options.engine, &site).unwrap();
    assert_eq!(site.done(&["db", "migrate"]), "applied 0001_initial\n");
    Fleet::new(site, database, options.servers)
}

fn report(stage: &Stage, kills: Kills) {
    let tally = &stage.tally;
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>12} {:>8}",
        "call", "ok", "refused", "aborted", "unavailable", "torn"
    );
    for (method, counts) in tally.calls() {
        let [ok, refused, aborted] = [counts.ok, counts.refused, counts.aborted];
        let [unavailable, torn] = [counts.unavailable, counts.torn];
        println!("{method:<24} {ok:>8} {refused:>8} {aborted:>8} {unavailable:>12} {torn:>8}");
    }
    let Outage { lasted, until, caller } = tally.longest_outage();
    let [lasted, until] = [lasted, until].map(|time| time.as_secs_f64());
    println!("kills: {} of servers, {} of the database", kills.servers, kills.database);
    println!("answered writes: {}", tally.writes());
    println!("vouchers: {}", stage.ledger.vouchers().len());
    println!("calls after a change of roles, at every server: {}", tally.probes());
    let away = stage.fleet.database.longest_away().as_secs_f64();
    println!("longest absence of the database, its own recovery included: {away:.3} s");
    println!("longest outage seen by a client: {lasted:.3} s, until {until:.3} s, by {caller}");
}

fn conclude(stage: &Arc<Stage>, seed: u64) -> bool {
    let violations = stage.ledger.violations();
    if violations.is_empty() {
        println!("nothing was lost");
        return true;
    }
    println!("{} VIOLATIONS, with --seed {seed}:", violations.len());
    for violation in &violations {
        println!("  at {violation}");
    }
    // Never dropped, so that its folder stays.
    std::mem::forget(stage.clone());
    println!("logs, configuration and SQLite's database stay in {}", stage.fleet.site.path("").display());
    false
}
