//! What only PostgreSQL does: connections that break, copies that are behind, positions out of order.

use std::{error::Error, time::Duration};

use expect_test::expect;
use ovgs_domain::{CertId, Change, Description, DomainCert, Fingerprint};
use sea_orm::ConnectionTrait;

use super::{FIRST, Tested, ann, org, populate, stamp};
use crate::{
    Accounts, EventFilter, Journal, Organizations, PostgresOptions, PostgresTls, StoreError,
    sql::{SqlDatabase, SqlStore},
    testing::{Cluster, Database, Programs, standby},
};

/// A store in a database of its own.
pub(super) struct Opened {
    pub(super) store: SqlStore,
    /// Goes last.
    pub(super) database: Database,
}

impl Opened {
    pub(super) async fn new() -> Result<Opened, Box<dyn Error>> {
        let database = Database::new()?;
        let store = open(&database.options()?).await?;
        Ok(Opened { store, database })
    }
}

pub(super) async fn open(options: &PostgresOptions) -> Result<SqlStore, Box<dyn Error>> {
    let opened = SqlDatabase::postgres(options).await?;
    opened.migrate().await?;
    Ok(opened.store().await?)
}

async fn why(mut options: PostgresOptions) -> String {
    options.acquire_timeout = Duration::from_millis(300);
    let shown = |error: StoreError| {
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        assert!(!source.contains("secret"), "{source}");
        error.to_string()
    };
    SqlDatabase::postgres(&options).await.err().map_or_else(|| "it was opened".into(), shown)
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_in_a_sentence() -> Tested {
    let database = Database::new()?;
    let port = database.url()?.rsplit([':', '/']).nth(1).unwrap_or_default().parse()?;
    let at = |port, user: &str, name: &str| {
        let options = PostgresOptions::new("127.0.0.1", port, user, name);
        options.with_password("secret").with_tls(PostgresTls::Disable)
    };
    let told = [
        why(at(port, "ovgs", "nowhere")).await,
        why(at(port, "nobody", "postgres")).await,
        why(at(1, "ovgs", "postgres")).await,
        why(at(port, "ovgs", "postgres").with_tls(PostgresTls::Require)).await,
    ];
    let told = told.join("\n").replace(&port.to_string(), "PORT");
    expect![[r#"
        cannot open the database `ovgs@127.0.0.1:PORT/nowhere`: there is no such database; make it with `createdb`
        cannot open the database `nobody@127.0.0.1:PORT/postgres`: the server lets this user in neither this way nor from here; correct its `pg_hba.conf`
        cannot open the database `ovgs@127.0.0.1:1/postgres`: no server answered in time
        cannot open the database `ovgs@127.0.0.1:PORT/postgres`: TLS with the server failed: server does not support TLS"#]].assert_eq(&told);
    Ok(())
}

#[test]
fn an_address_is_a_database_and_nothing_else() {
    let told = |url: &str| {
        PostgresOptions::from_url(url)
            .map_or_else(|error| error.to_string(), |options| format!("{options:?}"))
    };
    let told = [
        "postgres://ann:secret@db.example/ovgs",
        "postgresql://ann@%2Fvar%2Frun%2Fpostgresql:5433/ovgs",
        "mysql://ann@db.example/ovgs",
        "postgres://ann:secret@db.example/",
        "postgres://ann:secret@db.example/ovgs?sslmode=disable",
        "postgres://ann:secret@db example/ovgs",
    ]
    .map(told)
    .join("\n");
    assert!(!told.contains("secret"));
    expect![[r#"
        PostgresOptions { database: "ann@db.example:5432/ovgs", .. }
        PostgresOptions { database: "ann@/var/run/postgresql:5433/ovgs", .. }
        it is no database address; write it like `postgres://user@host:5432/database`
        it names no database; write it like `postgres://user@host:5432/database`
        settings after the `?` of a database address are not taken; there is a setting of its own for each
        it is no database address; write it like `postgres://user@host:5432/database`"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn migrations_wait_for_one_another() -> Tested {
    let database = Database::new()?;
    let servers = [
        SqlDatabase::postgres(&database.options()?).await?,
        SqlDatabase::postgres(&database.options()?).await?,
        SqlDatabase::postgres(&database.options()?).await?,
    ];
    let [a, b, c] = &servers;
    let (a, b, c) = tokio::join!(a.migrate(), b.migrate(), c.migrate());
    assert_eq!([a?, b?, c?].concat(), ["0001_initial"]);
    Ok(())
}

#[tokio::test]
async fn every_text_is_compared_as_bytes() -> Tested {
    let opened = Opened::new().await?;
    let others = opened.database.execute(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
    )?;
    assert_eq!(others, "");
    // Or else nothing here would notice.
    assert_eq!(opened.database.execute("SELECT 'a' < 'B'")?, "t", "the locale of the cluster");
    Ok(())
}

#[tokio::test]
async fn broken_connections_are_not_noticed() -> Tested {
    let opened = Opened::new().await?;
    let (store, database) = (&opened.store, &opened.database);
    store.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    let break_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.execute(break_all)?;
    assert_eq!(store.revision(&org("a")?).await?, Some(FIRST));
    database.execute(break_all)?;
    assert!(store.org(&org("a")?).await?.is_some());
    database.execute(break_all)?;
    assert!(store.add_user(&ann("a")?, &stamp()?).await?);
    Ok(())
}

#[tokio::test]
async fn who_waits_too_long_is_told_so() -> Tested {
    let database = Database::new()?;
    let mut options = database.options()?;
    options.lock_timeout = Duration::from_millis(50);
    let store = open(&options).await?;
    store.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    let (_turn, holder) = store.begin().await?;
    holder.execute_unprepared("LOCK TABLE users").await?;
    let answer = store.add_user(&ann("a")?, &stamp()?).await;
    let Err(StoreError::Unavailable(why)) = answer else { return Err(format!("{answer:?}").into()) };
    expect!["another transaction held a lock longer than `store.lock_timeout`; try again"]
        .assert_eq(&why.to_string());
    holder.rollback().await?;
    assert!(store.add_user(&ann("a")?, &stamp()?).await?);
    Ok(())
}

#[tokio::test]
async fn a_reader_of_the_journal_waits_for_smaller_positions() -> Tested {
    let opened = Opened::new().await?;
    let store = &opened.store;
    let (_turn, slow) = store.begin().await?;
    // It has a position, and is not done.
    super::super::record::event(&slow, &stamp()?, &ovgs_domain::Event::UserAdded { user: ann("a")? }).await?;
    let (name, by, at) = (Description::parse("one")?, org("b")?, stamp()?);
    let later = store.create_org(&by, &name, &at);
    assert!(later.await?);
    let filter = EventFilter::default();
    let reading = store.events(&filter, None, 10);
    let finishing = async {
        // The reader is at it by now, and has nothing to say yet.
        tokio::task::yield_now().await;
        slow.commit().await
    };
    let (events, committed) = tokio::join!(reading, finishing);
    committed?;
    assert_eq!(events?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_replica_is_believed_when_it_is_not_behind() -> Tested {
    let database = Database::new()?;
    let primary = open(&database.options()?).await?;
    populate(&primary, "a", 1, |_| "S1".into()).await?;
    let copy = standby()?;
    let port = copy.url().rsplit([':', '/']).nth(1).unwrap_or_default().parse()?;
    let store = open(&database.options()?.with_replica("127.0.0.1", port)).await?;
    assert_eq!(store.org(&org("a")?).await?, primary.org(&org("a")?).await?);

    let follower = PostgresOptions::from_url(&database.url_at(&copy.url()))?.with_tls(PostgresTls::Disable);
    let follower = SqlDatabase::postgres(&follower).await?;
    follower.connections.writer.execute_unprepared("SELECT pg_wal_replay_pause()").await?;
    let der = [7_u8; 8];
    let (id, at) = (CertId::parse("cert-1")?, chrono::DateTime::UNIX_EPOCH);
    let cert = DomainCert {
        id: id.clone(),
        fingerprint: Fingerprint::of(&der),
        revocation_checks: false,
        expiry_time: at,
        not_after: at,
    };
    let change = Change::DomainCertCreated { group: org("a")?.root(), cert, der: der.as_slice().into() };
    primary.commit(&org("a")?, FIRST, &change, &stamp()?).await?;
    assert_eq!(store.org(&org("a")?).await?.map(|org| org.revision()), Some(FIRST.next()), "a tree");
    assert_eq!(store.certificate(&id).await?.as_deref(), Some(der.as_slice()), "a certificate");

    // And nobody needs it.
    drop(copy);
    assert_eq!(store.org(&org("a")?).await?, primary.org(&org("a")?).await?);
    Ok(())
}

#[tokio::test]
async fn a_server_proves_who_it_is() -> Tested {
    let cluster = Cluster::start(&Programs::require()?)?;
    let plain = PostgresOptions::from_url(&cluster.url())?.with_tls(PostgresTls::Disable);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let admin = SqlDatabase::postgres(&plain).await?.connections.writer;
    for (file, pem) in [("server.crt", made.cert.pem()), ("server.key", made.signing_key.serialize_pem())] {
        let copy = format!(
            "COPY (SELECT regexp_split_to_table('{pem}', E'\\n')) TO PROGRAM 'umask 077; cat > {file}'"
        );
        admin.execute_unprepared(&copy).await?;
    }
    admin.execute_unprepared("ALTER SYSTEM SET ssl = on").await?;
    admin.execute_unprepared("SELECT pg_reload_conf()").await?;
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem())?;

    let port = cluster.url().rsplit([':', '/']).nth(1).unwrap_or_default().parse()?;
    let at = |host: &str, tls: PostgresTls<'_>| {
        let options = PostgresOptions::new(host, port, "ovgs", "postgres").with_tls(tls);
        async move {
            let opened = SqlDatabase::postgres(&options).await;
            opened.map(drop).map_err(|error| error.to_string().replace(&port.to_string(), "PORT"))
        }
    };
    let ours = PostgresTls::VerifyFull { ca: Some(&ca) };
    // The server takes up its new settings in a moment.
    let mut encrypted = at("localhost", PostgresTls::Require).await;
    for _ in 0..200 {
        if encrypted.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        encrypted = at("localhost", PostgresTls::Require).await;
    }
    assert_eq!(encrypted, Ok(()));
    assert_eq!(at("localhost", ours).await, Ok(()));
    let refused = [at("127.0.0.1", ours).await, at("localhost", PostgresTls::VerifyFull { ca: None }).await];
    let refused: Vec<String> = refused.into_iter().filter_map(Result::err).collect();
    expect![[r#"
        cannot open the database `ovgs@127.0.0.1:PORT/postgres`: TLS with the server failed: invalid peer certificate: certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("localhost")
        cannot open the database `ovgs@localhost:PORT/postgres`: TLS with the server failed: invalid peer certificate: UnknownIssuer"#]].assert_eq(&refused.join("\n"));
    Ok(())
}
