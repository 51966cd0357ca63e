//! `db`: status, backup, restore, check.

use std::os::unix::fs::PermissionsExt;

use expect_test::expect;
use serde_json::Value;

use super::site::Site;

/// A site with some of everything that the command line makes.
fn site() -> Site {
    let site = Site::with_orgs();
    site.done(&[
        "role",
        "grant",
        "--group",
        "org-other",
        "--org",
        "org-other",
        "--type",
        "user",
        "--user",
        "ann",
        "--role",
        "admin",
    ]);
    site.done(&["user", "add", "--org", "org-other", "--type", "user", "ann"]);
    site.run_with_input(
        &["component", "import", "-", "--org", "org-acmeco"],
        "ien,serial_number\n30065,ABC101\n",
    );
    site
}

#[test]
fn a_database_is_shown_at_a_glance() {
    let site = Site::new();
    let refused = site.refused(&["db", "status"]);
    assert!(refused.starts_with("error: there is no database `ovgs.db`"), "{refused}");
    assert!(!site.path("ovgs.db").exists());
    let site = self::site();
    let shown = site.done(&["db", "status"]);
    let (shown, size) = shown.rsplit_once("size: ").unwrap();
    assert!(size.ends_with(" bytes\n"), "{size}");
    expect![[r#"
        engine: sqlite
        place: OVGS_DB
        schema: 0001_initial
        pending: none
        orgs: 2
        groups: 2
        members: 1
        delegations: 0
        certs: 0
        components: 1
        users: 1
        tokens: 0
        vouchers: 0
        events: 5
    "#]]
    .assert_eq(&shown.replace(&*site.path("ovgs.db").canonicalize().unwrap().to_string_lossy(), "OVGS_DB"));
    let shown: Value = serde_json::from_str(&site.done(&["db", "status", "--json"])).unwrap();
    assert_eq!((&shown["engine"], &shown["rows"]["components"]), (&"sqlite".into(), &1.into()), "{shown}");
}

#[test]
fn a_backup_moves_everything_into_another_database() {
    let site = site();
    site.write("backup.jsonl", "an older one");
    assert_eq!(site.done(&["db", "backup", "backup.jsonl"]), "");
    let mode = site.path("backup.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!site.path("backup.jsonl.partial").exists());
    let told = site.refused(&["db", "restore", "backup.jsonl"]);
    expect![[r#"
        error: the database is not empty, there are rows in `orgs`, `groups`, `members`, `components`, `users`, `events`; restore into a new one
    "#]].assert_eq(&told);
    let before = site.done(&["audit", "export"]);

    site.configure("[tokens]", "[store]\npath = \"other.db\"\n[tokens]");
    let told = site.done(&["db", "restore", "backup.jsonl"]);
    let (told, _) = told.split_once("; backed up 20").unwrap();
    expect!["restored 2 orgs, 2 groups, 1 members, 0 delegations, 0 certs, 1 components, 1 users, 0 tokens, 0 vouchers, 5 events"].assert_eq(told);
    assert_eq!(site.done(&["audit", "export"]), before);
    let checked = site.done(&["db", "check"]);
    expect![[r#"
        sound: 2 orgs, 2 groups, 1 members, 0 delegations, 0 certs, 1 components, 1 users, 0 tokens, 0 vouchers, 5 events
    "#]].assert_eq(&checked);

    // Through a pipe, and back.
    let backup = site.done(&["db", "backup"]);
    site.configure("other.db", "third.db");
    let ran = site.run_with_input(&["db", "restore", "-", "--json"], backup);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["engine"], &told["rows"]["members"]), (&"sqlite".into(), &1.into()), "{told}");
    assert_eq!(site.done(&["audit", "export"]), before);
}

#[test]
fn what_cannot_be_restored_leaves_the_database_empty() {
    let site = site();
    let backup = site.done(&["db", "backup", "-"]);
    site.configure("[tokens]", "[store]\npath = \"other.db\"\n[tokens]");
    let told = site.refused(&["db", "restore", "nothing.jsonl"]);
    assert!(told.starts_with("error: `nothing.jsonl` cannot be read: "), "{told}");
    assert!(!site.path("other.db").exists());
    let ran = site.run_with_input(&["db", "restore", "-"], &backup[..backup.len() / 2]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("it was cut off; nothing was restored"), "{ran:?}");
    let ran = site.run_with_input(&["db", "restore", "-"], "-- PostgreSQL database dump");
    expect![[r#"
        error: this is no backup of ours: its first line is not the one that `db backup` begins with
    "#]]
    .assert_eq(&ran.stderr);
    assert_eq!(site.done(&["org", "list"]), "");
    assert_eq!(
        site.run_with_input(&["db", "restore", "-"], backup).code,
        0,
        "the same database still takes it"
    );
}

#[test]
fn a_check_says_what_is_wrong() {
    let site = site();
    let damaged = site.done(&["db", "backup"]);
    site.write("backup.jsonl", damaged.replacen("ABC101", "ABC102", 1));
    site.configure("[tokens]", "[store]\npath = \"other.db\"\n[tokens]");
    let told = site.refused(&["db", "restore", "backup.jsonl"]);
    assert!(told.contains("the lines before it are not those that were written"), "{told}");
    assert!(site.done(&["db", "check"]).starts_with("sound: 0 orgs, "));
    site.configure("other.db", "ovgs.db");
    damage(&site);
    let ran = site.run(&["db", "check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{ran:?}");
    expect![[r#"
        the history of `org-other`: at revision 1 an event cannot be read: unknown variant `role_odder`, expected one of `group_created`, `group_deleted`, `delegation_added`, `delegation_removed`, `role_added`, `role_removed`, `domain_cert_created`, `domain_cert_deleted`
        event 3 of the journal: an event cannot be read: unknown variant `role_odder`, expected one of `group_created`, `group_deleted`, `delegation_added`, `delegation_removed`, `role_added`, `role_removed`, `domain_cert_created`, `domain_cert_deleted`
        2 violations in 2 orgs, 2 groups, 1 members, 0 delegations, 0 certs, 1 components, 1 users, 0 tokens, 0 vouchers, 5 events
    "#]].assert_eq(&ran.stdout);
    let ran = site.run(&["db", "check", "--json"]);
    assert_eq!(ran.code, 1);
    expect![[r#"
        {"rule":"history","what":"the history of `org-other`","why":"at revision 1 an event cannot be read: unknown variant `role_odder`, expected one of `group_created`, `group_deleted`, `delegation_added`, `delegation_removed`, `role_added`, `role_removed`, `domain_cert_created`, `domain_cert_deleted`"}
        {"rule":"value","what":"event 3 of the journal","why":"an event cannot be read: unknown variant `role_odder`, expected one of `group_created`, `group_deleted`, `delegation_added`, `delegation_removed`, `role_added`, `role_removed`, `domain_cert_created`, `domain_cert_deleted`"}
        {"violations":2,"rows":{"orgs":2,"groups":2,"members":1,"delegations":0,"certs":0,"components":1,"users":1,"tokens":0,"vouchers":0,"events":5}}
    "#]].assert_eq(&ran.stdout);
}

/// Changes a text in the database's file, as a disk that fails might.
fn damage(site: &Site) {
    let mut file = std::fs::read(site.path("ovgs.db")).unwrap();
    let (from, to) = (b"role_added", b"role_odder");
    let found = file.windows(from.len()).position(|found| found == from).unwrap();
    file[found..found + to.len()].copy_from_slice(to);
    site.write("ovgs.db", file);
}
