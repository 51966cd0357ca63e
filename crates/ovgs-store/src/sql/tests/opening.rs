//! Databases that cannot be opened, are too old, too new, or in use.

use std::{fs, path::Path, time::Duration};

use expect_test::{Expect, expect};
use ovgs_domain::{Change, Description, GroupId};
use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{FIRST, File, Tested, org, stamp};
use crate::{
    Accounts, Journal, Organizations, StoreError, VoucherFilter,
    sql::{SqlDatabase, SqliteOptions, dialect::Dialect},
};

async fn refused(path: &Path, expected: Expect) -> Tested {
    let error = SqlDatabase::sqlite(path, &SqliteOptions::default()).await.err().ok_or("it was opened")?;
    let folder = path.parent().and_then(Path::parent).unwrap_or(path);
    expected.assert_eq(&error.to_string().replace(&folder.display().to_string(), "…"));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_in_a_sentence() -> Tested {
    let folder = tempfile::tempdir()?;
    let inner = folder.path().join("data");
    let missing = expect!["cannot open the database `…/data/ovgs.db`: there is no directory `…/data`"];
    refused(&inner.join("ovgs.db"), missing).await?;
    fs::create_dir(&inner)?;
    fs::write(inner.join("text"), "no database, but long enough to look at it for a while".repeat(100))?;
    let text = expect!["cannot open the database `…/data/text`: the file is not an SQLite database"];
    refused(&inner.join("text"), text).await?;
    fs::create_dir(inner.join("folder"))?;
    let is_folder =
        expect!["cannot open the database `…/data/folder`: the file or its directory is not writable"];
    refused(&inner.join("folder"), is_folder).await?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_unwritable_directory_is_named() -> Tested {
    // Not even root may make files there.
    let error = SqlDatabase::sqlite(Path::new("/proc/ovgs.db"), &SqliteOptions::default()).await.err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    expect!["cannot open the database `/proc/ovgs.db`: the file or its directory is not writable"]
        .assert_eq(&error);
    Ok(())
}

#[tokio::test]
async fn a_locked_file_is_named() -> Tested {
    let file = File::new()?;
    let options = SqliteOptions { busy_timeout: Duration::from_millis(1), ..SqliteOptions::default() };
    let path = file.path();
    let connection = sea_orm::Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await?;
    let exclusive = connection.begin_with_options(sea_orm::TransactionOptions {
        sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Exclusive),
        ..Default::default()
    });
    let exclusive = exclusive.await?;
    exclusive.execute_unprepared("CREATE TABLE t (x INTEGER)").await?;
    let error = SqlDatabase::sqlite(&path, &options).await.err().map(|error| error.to_string());
    let error = error.unwrap_or_default().replace(&file.folder.path().display().to_string(), "…");
    expect!["cannot open the database `…/ovgs.db`: another process has locked it"].assert_eq(&error);
    exclusive.rollback().await?;
    SqlDatabase::sqlite(&path, &options).await?;
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() -> Tested {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new()?;
    file.store().await?;
    assert_eq!(fs::metadata(file.path())?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[tokio::test]
async fn migrations_are_applied_once() -> Tested {
    let file = File::new()?;
    let database = file.open().await?;
    assert_eq!(database.pending().await?, ["0001_initial"]);
    let lacking = database.clone().store().await.err().map(|error| error.to_string()).unwrap_or_default();
    expect!["the database lacks the migration `0001_initial`; run `ovgs-server db migrate`"]
        .assert_eq(&lacking);
    let several = StoreError::not_migrated(&["0001_initial", "0002_later"]).to_string();
    expect!["the database lacks the migrations `0001_initial`, `0002_later`; run `ovgs-server db migrate`"]
        .assert_eq(&several);
    let others = [file.open().await?, file.open().await?];
    let (a, b, c) = tokio::join!(database.migrate(), others[0].migrate(), others[1].migrate());
    let applied = [a?, b?, c?].concat();
    assert_eq!(applied, ["0001_initial"]);
    assert_eq!(database.pending().await?, Vec::<&str>::new());
    database.store().await?;
    Ok(())
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    super::meddle(
        &store,
        "INSERT INTO schema_migrations VALUES (6, '0006_wider', 1), (7, '0007_narrower', 6)",
    )
    .await?;
    let database = file.open().await?;
    for answer in
        [database.migrate().await.err(), database.pending().await.err(), database.store().await.err()]
    {
        let error = answer.ok_or("it was taken")?;
        expect!["the database was made by a newer version: its schema is `0007_narrower`, the newest one known here is `0001_initial`; run that version, or restore a backup"]
            .assert_eq(&error.to_string());
    }
    Ok(())
}

#[tokio::test]
async fn a_newer_database_that_says_so_serves_older_servers() -> Tested {
    let file = File::new()?;
    let store = file.store().await?;
    super::meddle(
        &store,
        "INSERT INTO schema_migrations VALUES (2, '0002_wider', 1);
        ALTER TABLE users ADD COLUMN nickname TEXT",
    )
    .await?;
    let older = file.open().await?;
    assert_eq!(older.pending().await?, Vec::<&str>::new());
    assert_eq!(older.migrate().await?, Vec::<&str>::new());
    let older = older.store().await?;
    older.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    assert!(older.add_user(&super::ann("a")?, &stamp()?).await?);
    Ok(())
}

#[tokio::test]
async fn a_writer_that_waits_too_long_says_so() -> Tested {
    let file = File::new()?;
    let holder = file.store().await?;
    let options = SqliteOptions { busy_timeout: Duration::from_millis(20), ..SqliteOptions::default() };
    let store = SqlDatabase::sqlite(&file.path(), &options).await?.store().await?;
    let tx = holder.connections.writer.begin_with_options(Dialect::Sqlite.writing()).await?;
    let answer = store.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await;
    let Err(StoreError::Unavailable(why)) = answer else { return Err(format!("{answer:?}").into()) };
    expect!["another process holds the database; try again"].assert_eq(&why.to_string());
    // Reading waits for nobody.
    assert!(store.org(&org("a")?).await?.is_none());
    tx.rollback().await?;
    assert!(store.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?);
    Ok(())
}

#[tokio::test]
async fn two_processes_may_write_one_file() -> Tested {
    let file = File::new()?;
    let (server, cli) = (file.store().await?, file.store().await?);
    server.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    let group = GroupId::parse("group-1")?;
    let (parent, description) = (org("a")?.root(), Description::parse("Berlin")?);
    let change = Change::GroupCreated { group, parent, description };
    cli.commit(&org("a")?, FIRST, &change, &stamp()?).await?;
    assert_eq!(server.changes_since(&org("a")?, FIRST).await?, Some(vec![change.clone()]));
    let stale = server.commit(&org("a")?, FIRST, &change, &stamp()?).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    assert_eq!(server.vouchers(&VoucherFilter::default(), None, 1).await?, Vec::new());
    Ok(())
}

#[tokio::test]
async fn what_people_can_act_on_is_said_in_a_sentence() -> Tested {
    let (file, name) = (File::new()?, Description::parse("one")?);
    let store = file.store().await?;
    let mut said = Vec::new();
    for (hindered, free) in [
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 100000"),
    ] {
        super::meddle(&store, hindered).await?;
        let mut answer = Ok(true);
        for number in 0..1000 {
            answer = store.create_org(&org(&format!("a{number}"))?, &name, &stamp()?).await;
            if answer.is_err() {
                break;
            }
        }
        super::meddle(&store, free).await?;
        let Err(StoreError::Unavailable(why)) = answer else { return Err(format!("{answer:?}").into()) };
        assert!(why.source().is_none(), "the engine adds nothing");
        said.push(why.to_string());
    }
    expect![[r#"
        the database is not writable; check the permissions of its file and directory
        there is no room left for the database; make some, and try again"#]]
    .assert_eq(&said.join("\n"));
    Ok(())
}

#[tokio::test]
async fn who_closes_last_leaves_one_file() -> Tested {
    let file = File::new()?;
    let (server, cli) = (file.store().await?, file.store().await?);
    server.create_org(&org("a")?, &Description::parse("one")?, &stamp()?).await?;
    let log = file.folder.path().join("ovgs.db-wal");
    assert!(fs::metadata(&log)?.len() > 0);
    cli.close().await;
    assert!(log.exists(), "the other one still needs it");
    server.close().await;
    assert!(!log.exists());
    assert!(matches!(server.org(&org("a")?).await, Err(StoreError::Unavailable(_))));
    assert!(file.store().await?.org(&org("a")?).await?.is_some());
    Ok(())
}
