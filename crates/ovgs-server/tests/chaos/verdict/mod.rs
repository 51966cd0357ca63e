//! The end: everything that was answered is looked for, in the journal, through every server and in the database.

mod journal;
mod state;

use crate::{process::log_name, stage::Stage, world::Household};

/// Looks for everything, through servers that were all started again, and stops them.
pub(crate) async fn pass(stage: &Stage, households: &[Household]) {
    state::check(stage, households).await;
    stage.fleet.stop(&stage.ledger).await;
    let database = stage.fleet.database.open(&stage.fleet.site).await;
    let store = database.store().await.unwrap();
    journal::check(stage, &store).await;
    drop(store);
    let checked = stage.fleet.site.run(&["db", "check"]);
    if checked.code != 0 {
        let (found, error) = (&checked.stdout, &checked.stderr);
        stage.ledger.violation(format!("`db check` is not content:\n{found}{error}"));
    }
    println!("db check: {}", checked.stdout.lines().last().unwrap_or_default());
    nobody_panicked(stage);
    for thing in stage.ledger.not_won() {
        stage.ledger.violation(format!("{thing:?} is there, but nobody was told of having made it"));
    }
}

fn nobody_panicked(stage: &Stage) {
    for seat in 0..stage.fleet.seats() {
        let log = std::fs::read_to_string(stage.fleet.site.path(&log_name(seat))).unwrap_or_default();
        for line in log.lines().filter(|line| line.contains("panicked at")) {
            stage.ledger.violation(format!("server {seat} panicked: {line}"));
        }
    }
}
