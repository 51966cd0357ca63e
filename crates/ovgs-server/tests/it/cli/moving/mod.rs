//! A database that is backed up while it is written to, and restored into both engines: sound in either, with everything
//! that was answered before, and read alike.

mod load;
mod reads;

use std::{process::Command, sync::Arc};

use ovgs_store::testing::Database;

use self::{load::Load, reads::recorded};
use super::{
    serve::Running,
    site::{Ran, Site, finish},
};
use crate::errors::in_seconds;

/// A database of a site, as variables of the environment say it.
struct Place(Vec<(&'static str, String)>);

impl Place {
    fn sqlite(file: &str) -> Place {
        Place(vec![("OVGS__STORE__PATH", file.to_owned())])
    }

    fn postgres(database: &Database) -> Place {
        Place(vec![
            ("OVGS__STORE__ENGINE", "postgres".to_owned()),
            ("OVGS__STORE__URL", database.url().expect("a server")),
            ("OVGS__STORE__TLS", "disable".to_owned()),
        ])
    }

    fn command(&self, site: &Site, arguments: &[&str]) -> Command {
        let mut command = site.command(arguments);
        command.envs(self.0.iter().map(|(name, value)| (name, value.as_str())));
        command
    }

    fn done(&self, site: &Site, arguments: &[&str]) -> String {
        let ran: Ran = finish(&mut self.command(site, arguments), b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        ran.stdout
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_moves_while_it_is_written_to() {
    let copy = Database::new().unwrap();
    moves(&Place::sqlite("ovgs.db"), [Place::sqlite("copy.db"), Place::postgres(&copy)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_moves_while_it_is_written_to() {
    let [original, copy] = [(); 2].map(|()| Database::new().unwrap());
    moves(&Place::postgres(&original), [Place::postgres(&copy), Place::sqlite("copy.db")]).await;
}

async fn moves(original: &Place, copies: [Place; 2]) {
    let site = Arc::new(Site::new());
    original.done(&site, &["db", "migrate"]);
    load::fill(|arguments| original.done(&site, arguments), &site);
    let token = original.done(&site, &["token", "issue", "--org", "org-acmeco", "--type", "user", "ann"]);

    let server = Running::start(&mut original.command(&site, &["serve"]));
    let load = Load::start(&site, &server, token.trim()).await;
    load.wait_for_more().await;
    let before = load.answered();
    let mut backup = original.command(&site, &["db", "backup", "backup.jsonl"]);
    let ran = tokio::task::spawn_blocking(move || finish(&mut backup, b"")).await.unwrap();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    // It went on all the time, and goes on after.
    load.wait_for_more().await;
    let all = load.stop().await;
    assert_eq!(server.stop("TERM"), Some(0));
    let cut = std::fs::read_to_string(site.path("backup.jsonl")).unwrap();
    let kept = all.groups.iter().filter(|group| cut.contains(group.as_str())).count();
    eprintln!(
        "{} of {} groups and {} vouchers of {} were answered before the backup, {kept} groups are in it",
        before.groups.len(),
        all.groups.len(),
        before.vouchers,
        all.vouchers,
    );

    let mut told = Vec::new();
    for copy in &copies {
        copy.done(&site, &["db", "restore", "backup.jsonl"]);
        let checked = copy.done(&site, &["db", "check"]);
        assert!(checked.starts_with("sound: 2 orgs, "), "{checked}");
        told.push(at_the_command_line(copy, &site));
    }
    assert_eq!(told[0], told[1]);
    let (mut answers, lifetime) = (Vec::new(), in_seconds(3600));
    for copy in &copies {
        let server = Running::start(&mut copy.command(&site, &["serve"]));
        answers.push(recorded(&site, &server, token.trim(), lifetime).await);
        assert_eq!(server.stop("TERM"), Some(0));
    }
    assert_eq!(answers[0].len(), answers[1].len());
    for (one, other) in answers[0].iter().zip(&answers[1]) {
        assert_eq!(one, other);
    }
    // What was answered before the backup began is in it, and nothing but what was ever asked for.
    for group in &before.groups {
        assert!(answers[0].iter().any(|(asked, _)| asked == &format!("group {group}")), "`{group}` is lost");
    }
    let vouchers = told[0].vouchers;
    assert!((before.vouchers..=all.vouchers).contains(&vouchers), "{vouchers} vouchers");
}

/// What the commands say of a database.
#[derive(Debug, PartialEq)]
struct Told {
    vouchers: usize,
    lists: Vec<String>,
    /// A backup, without the line that names engine and time, and the one that seals it.
    backup: Vec<String>,
}

fn at_the_command_line(place: &Place, site: &Site) -> Told {
    let lists: Vec<String> = [
        &["voucher", "list", "--org", "org-acmeco", "--json"][..],
        &["org", "list"],
        &["user", "list", "--json"],
        &["token", "list", "--json"],
        &["component", "export", "--org", "org-acmeco"],
        &["audit", "export"],
        &["audit", "list", "--org", "org-acmeco"],
    ]
    .map(|arguments| place.done(site, arguments))
    .into();
    let backup = place.done(site, &["db", "backup"]);
    let mut backup: Vec<String> = backup.lines().skip(1).map(str::to_owned).collect();
    backup.pop();
    Told { vouchers: lists[0].lines().count(), lists, backup }
}
