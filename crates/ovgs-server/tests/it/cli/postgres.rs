//! All of it on PostgreSQL: the commands, the server, and two servers on one database.

use expect_test::expect;
use ovgs_store::testing::Database;

use super::{
    reload::{Requestor, verified},
    serve::Running,
    site::Site,
};

/// A site whose database is in the tests' cluster.
pub(super) fn site(database: &Database) -> Site {
    let site = Site::new();
    let url = database.url().expect("a server");
    let store = format!("[store]\nengine = \"postgres\"\nurl = \"{url}\"\ntls = \"disable\"\n");
    site.configure("[tokens]", &format!("{store}[tokens]"));
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_on_postgresql() {
    let database = Database::new().unwrap();
    let site = site(&database);
    assert_eq!(
        site.refused(&["org", "list"]),
        "error: the database lacks the migration `0001_initial`; run `ovgs-server db migrate`\n",
        "what only reads makes nothing"
    );
    assert_eq!(site.done(&["db", "migrate"]), "applied 0001_initial\n");
    assert_eq!(site.done(&["db", "migrate"]), "unchanged\n");
    site.done(&["org", "create", "org-acmeco", "--description", "Acme"]);

    let first = Running::start(&mut site.command(&["serve"]));
    let second = Running::start(&mut site.command(&["serve"]));
    let mut requestor = Requestor::new(&site, &first).await;
    let cms = requestor.voucher().await.unwrap();
    assert!(verified(&site, "main.root.pem", &cms).is_some());
    let mut elsewhere = requestor.at(&site, &second).await;
    assert!(elsewhere.voucher().await.is_ok());
    assert_eq!(site.done(&["voucher", "list", "--org", "org-acmeco", "--json"]).lines().count(), 2);

    // A role taken at one of them counts at the next call to the other.
    let ann = ["--org", "org-acmeco", "--type", "user", "--user", "ann"];
    site.done(&[&["role", "revoke"], &ann[..], &["--group", "org-acmeco"]].concat());
    assert!(requestor.voucher().await.is_err());
    assert!(elsewhere.voucher().await.is_err());
    assert_eq!(first.stop("TERM"), Some(0));
    assert_eq!(second.stop("INT"), Some(0));
}

#[test]
fn a_database_moves_from_sqlite_to_postgresql_and_back() {
    let (sqlite, database) = (Site::with_orgs(), Database::new().unwrap());
    let moved = site(&database);
    moved.write("backup.jsonl", sqlite.done(&["db", "backup"]));
    let told = moved.done(&["db", "restore", "backup.jsonl"]);
    assert!(told.starts_with("restored 2 orgs, 2 groups, "), "{told}");
    assert_eq!(moved.done(&["audit", "export"]), sqlite.done(&["audit", "export"]));
    assert!(moved.done(&["db", "check"]).starts_with("sound: 2 orgs, "));
    assert!(moved.done(&["db", "status"]).starts_with("engine: postgres\nplace: ovgs@"));
    let back = Site::new();
    let ran = back.run_with_input(&["db", "restore", "-"], moved.done(&["db", "backup"]));
    assert!(ran.stdout.ends_with(" from postgres\n"), "{ran:?}");
    assert_eq!(back.done(&["audit", "export"]), sqlite.done(&["audit", "export"]));
    assert!(back.done(&["db", "check"]).starts_with("sound: 2 orgs, "));
}

#[test]
fn no_password_is_told_to_anybody() {
    let site = Site::new();
    let at_port = |port: u16| {
        format!(
            "[store]\nengine = \"postgres\"\nhost = \"127.0.0.1\"\nport = {port}\npassword_file = \"password\"\ntls = \"disable\"\n[tokens]"
        )
    };
    let database = Database::new().unwrap();
    let url = database.url().unwrap();
    let port = url.rsplit([':', '/']).nth(1).unwrap().parse().unwrap();
    site.configure("[tokens]", &at_port(port));
    site.write_private("password", "top secret\n");
    let refused = site.refused(&["org", "list"]).replace(&port.to_string(), "PORT");
    expect![[r#"
        error: cannot open the database `ovgs@127.0.0.1:PORT/ovgs`: there is no such database; make it with `createdb`
    "#]].assert_eq(&refused);
    std::fs::remove_file(site.path("password")).unwrap();
    site.write("password", "top secret\n");
    let refused = site.refused(&["config", "check"]);
    expect![[r#"
        error: ovgs.toml:12: key file `password` is open to others than its owner (mode 0644); run `chmod 600 password`
    "#]].assert_eq(&refused);

    let site = Site::new();
    site.configure("[tokens]", "[store]\nengine = \"postgres\"\nurl = \"postgres://ovgs:top-secret@h/ovgs?sslmode=disable\"\nhost = \"h\"\n[tokens]");
    expect![[r#"
        error: ovgs.toml:10: `store.url`: settings after the `?` of a database address are not taken; there is a setting of its own for each
        error: ovgs.toml:11: `store.host` stands in `store.url` as well; remove one of them
    "#]].assert_eq(&site.refused(&["config", "check"]));
    let site = Site::new();
    site.configure("[tokens]", "[store]\nhost = \"h\"\nreplica_host = \"r\"\n[tokens]");
    expect![[r#"
        error: ovgs.toml:9: `store.host` is for PostgreSQL; write `engine = "postgres"`, or remove it
        error: ovgs.toml:10: `store.replica_host` is for PostgreSQL; write `engine = "postgres"`, or remove it
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
    let site = Site::new();
    site.configure(
        "[tokens]",
        "[store]\nengine = \"postgres\"\ntls = \"require\"\ntls_ca = \"ca.pem\"\n[tokens]",
    );
    expect![[r#"
        error: ovgs.toml:9: `store.host` is missing; name the database server, or give `store.url`
        error: ovgs.toml:11: `store.tls_ca` takes `tls = "verify-full"`; write that, or remove it
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
}
