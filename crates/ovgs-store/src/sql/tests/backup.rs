//! What is backed up comes back as it was, on either engine; and what is not a whole backup is refused.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;
use ovgs_domain::{
    CertId, Change, Delegate, Description, DomainCert, Facts, Fingerprint, GroupId, IdevidIssuer,
    IssuedVoucher, MacAddress, Model, RequestId, Revision, Role,
};
use sea_orm::ConnectionTrait;

use super::{File, Tested, ann, component, org, populate, stamp};
use crate::{
    Accounts, EventFilter, Inventory, Journal, Organizations, Placement, SqlDatabase, Store, TokenRecord,
    VoucherFilter, Within, sql::SqlStore,
};

/// More than two pages, and than two batches.
const MANY: usize = 1100;

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
}

fn voucher(number: i64) -> Result<IssuedVoucher, ovgs_domain::Invalid> {
    let hash = Fingerprint::of(&number.to_be_bytes());
    Ok(IssuedVoucher {
        at: at(number),
        caller: ann("a")?,
        request_id: RequestId::parse("1")?,
        org: org("a")?,
        component: component("a", "9", "S1")?.id,
        cert: CertId::parse("cert-1")?,
        pinned_cert: hash,
        content: hash,
        voucher: hash,
        created_on: at(number),
        expires_on: (number % 2 == 0).then(|| at(number + 1)),
        issuer: "Ångström".into(),
        signer_cert: hash,
    })
}

/// Puts something into every table: so many components and vouchers, an organization that was deleted, groups
/// whose order by id is not that of the tree.
pub(super) async fn filled(store: &SqlStore, many: usize) -> Result<(), Box<dyn Error>> {
    populate(store, "a", many, |number| format!("S{number}")).await?;
    for name in ["b", "c"] {
        store.create_org(&org(name)?, &Description::parse("»$1«\\n\"")?, &stamp()?).await?;
    }
    store.delete_org(&org("c")?, Revision(0), &stamp()?).await?;
    let (one, two) = (GroupId::parse("group-1")?, GroupId::parse("group-2")?);
    let (root, der) = (org("a")?.root(), b"bytes".as_slice());
    let cert = DomainCert {
        id: CertId::parse("cert-1")?,
        fingerprint: Fingerprint::of(der),
        revocation_checks: true,
        expiry_time: at(7),
        not_after: at(8_000_000),
    };
    let created = |group: &GroupId, parent: &GroupId| -> Result<Change, ovgs_domain::Invalid> {
        let description = Description::parse(group.as_str())?;
        Ok(Change::GroupCreated { group: group.clone(), parent: parent.clone(), description })
    };
    let changes = [
        created(&two, &root)?,
        created(&one, &two)?,
        Change::RoleAdded { group: root, user: ann("a")?, role: Role::Admin },
        Change::DelegationAdded { group: one.clone(), delegate: Delegate::Org(org("b")?) },
        Change::DomainCertCreated { group: one.clone(), cert, der: der.into() },
    ];
    for (change, number) in changes.iter().zip(0..) {
        store.commit(&org("a")?, Revision(number), change, &stamp()?).await?;
    }
    let mut new = component("a", "9", "S1")?;
    new.facts = Facts {
        model: Some(Model::parse("DCS „Å“")?),
        mac_addr: Some(MacAddress::parse("00:1c:73:ab:cd:01")?),
        idevid_issuer: Some(IdevidIssuer::parse(&[7; 20])?),
        ..Facts::default()
    };
    store.ingest(std::slice::from_ref(&new), &[], &stamp()?).await?;
    let (id, owner) = (new.id, org("a")?);
    store.place(&Placement { component: id, org: owner, from: None, to: Some(one) }, &stamp()?).await?;
    store.add_user(&ann("a")?, &stamp()?).await?;
    let token = TokenRecord {
        jti: "token-1".into(),
        user: ann("a")?,
        issued_at: at(1),
        expires_at: at(5),
        revoked_at: Some(at(3)),
        last_used_at: None,
    };
    store.add_token(&token, &stamp()?).await?;
    let vouchers: Vec<IssuedVoucher> = (1..=i64::try_from(many)?).map(voucher).collect::<Result<_, _>>()?;
    Ok(store.append(&vouchers).await?)
}

/// Everything that the ports say.
async fn readings(store: &dyn Store) -> Result<Vec<String>, Box<dyn Error>> {
    let mut said = Vec::new();
    let orgs = store.orgs(None, 100).await?;
    for summary in &orgs {
        let id = &summary.id;
        // The maps within a tree have no order of their own.
        let mut records = store.org(id).await?.ok_or("a tree")?.records();
        records.groups.sort_by(|a, b| a.id.cmp(&b.id));
        said.push(format!("{records:?} {:?}", store.changes_since(id, Revision(0)).await?));
        for group in [None, Some(GroupId::parse("group-1")?)] {
            let within = Within { org: id.clone(), group };
            said.push(format!("{:?}", store.tally(&within, u64::MAX).await?));
            let mut after = None;
            loop {
                let page = store.components_in(&within, after.as_ref(), 400).await?;
                after = page.last().map(|component| component.id.clone());
                said.push(format!("{page:?}"));
                if page.len() < 400 {
                    break;
                }
            }
        }
        said.push(format!("{:?} {:?}", store.delegators(id).await?, store.employers(id).await?));
    }
    said.push(format!("{orgs:?} {:?}", store.iens().await?));
    said.push(format!("{:?}", store.orgs_of_member(&ann("a")?).await?));
    said.push(format!("{:?}", store.certificate(&CertId::parse("cert-1")?).await?));
    said.push(format!("{:?}", store.vouchers(&VoucherFilter::default(), None, 100_000).await?));
    said.push(format!("{:?}", store.events(&EventFilter::default(), None, 100_000).await?));
    said.push(format!("{:?}", store.users(None, None, 100).await?));
    said.push(format!("{:?}", store.tokens(None, None, 100).await?));
    said.push(format!("{:?}", store.locate(&[component("a", "9", "S1")?.id]).await?));
    Ok(said)
}

pub(super) async fn migrated() -> Result<SqlDatabase, crate::StoreError> {
    let database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    Ok(database)
}

async fn backup_of(database: &SqlDatabase) -> Result<String, Box<dyn Error>> {
    let mut backup = Vec::new();
    database.backup(DateTime::UNIX_EPOCH, &mut backup).await?;
    Ok(String::from_utf8(backup)?)
}

async fn sample() -> Result<String, Box<dyn Error>> {
    let database = migrated().await?;
    filled(&database.clone().store().await?, MANY).await?;
    backup_of(&database).await
}

/// All but the first line, which names the engine, and the last one, which depends on the first.
fn rows(backup: &str) -> Vec<&str> {
    let lines: Vec<&str> = backup.lines().collect();
    lines.get(1..lines.len() - 1).unwrap_or_default().to_vec()
}

#[tokio::test]
async fn the_format_is_what_it_was() -> Tested {
    let database = migrated().await?;
    let store = database.clone().store().await?;
    store.create_org(&org("a")?, &Description::parse("Acme")?, &stamp()?).await?;
    expect![[r#"
        {"ovgs_backup":1,"schema":1,"migration":"0001_initial","time":"1970-01-01T00:00:00.000000Z","engine":"sqlite","tables":[{"table":"orgs","columns":["id","revision"]},{"table":"groups","columns":["id","org_id","parent_id","description"]},{"table":"members","columns":["org_id","group_id","user_org","username","user_type","role"]},{"table":"delegations","columns":["org_id","group_id","delegate","delegate_org"]},{"table":"certs","columns":["id","org_id","group_id","fingerprint","revocation_checks","expiry_time","not_after","der"]},{"table":"components","columns":["serial_number","ien","org_id","group_id","model","mac_addr","endorsement_key","ek_certificate","platform_primary_key","idevid_issuer"]},{"table":"users","columns":["org_id","username","user_type"]},{"table":"tokens","columns":["jti","org_id","username","user_type","issued_at","expires_at","revoked_at","last_used_at"]},{"table":"vouchers","columns":["position","at","caller_org","caller_name","caller_type","request_id","org_id","ien","serial_number","cert_id","pinned_cert","content","voucher","created_on","expires_on","issuer","signer_cert"]},{"table":"events","columns":["position","at","author_org","author_name","author_type","org_id","to_org_id","revision","user_org","username","user_type","ien","serial_number","event"]}]}
        ["orgs","org-a",0]
        ["groups","org-a","org-a",null,"Acme"]
        ["events",1,0,null,"root",null,"org-a",null,0,null,null,null,null,null,"{\"event\":\"org_created\",\"org\":\"org-a\",\"description\":\"Acme\"}"]
    "#]]
    .assert_eq(&backup_of(&database).await?.lines().take(4).map(|line| format!("{line}\n")).collect::<String>());
    Ok(())
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up() -> Tested {
    let backup = sample().await?;
    let restored = migrated().await?;
    let (origin, counts) = restored.restore(&mut backup.as_bytes()).await?;
    assert_eq!((origin.at, origin.schema.as_str()), (DateTime::UNIX_EPOCH, "0001_initial"));
    assert_eq!(
        (counts.of("components"), counts.of("vouchers"), counts.of("groups")),
        (MANY as u64 + 1, MANY as u64, 4)
    );
    assert_eq!(backup_of(&restored).await?, backup);
    Ok(())
}

#[cfg(all(unix, feature = "testing"))]
#[tokio::test]
async fn a_database_moves_to_the_other_engine_and_back() -> Tested {
    let (file, elsewhere) = (File::new()?, crate::testing::Database::new()?);
    let sqlite = file.store().await?;
    filled(&sqlite, MANY).await?;
    let before = readings(&sqlite).await?;
    let backup = backup_of(&SqlDatabase { connections: sqlite.connections.clone() }).await?;

    let postgres = SqlDatabase::postgres(&elsewhere.options()?).await?;
    postgres.migrate().await?;
    postgres.restore(&mut backup.as_bytes()).await?;
    let moved = postgres.clone().store().await?;
    assert_eq!(readings(&moved).await?, before);
    let back = backup_of(&postgres).await?;
    assert_eq!(rows(&back), rows(&backup));
    let told = postgres.restore(&mut backup.as_bytes()).await.err().map(|error| error.to_string());
    assert!(told.is_some_and(|told| told.starts_with("the database is not empty")));

    let returned = migrated().await?;
    let (origin, _) = returned.restore(&mut back.as_bytes()).await?;
    assert_eq!(origin.engine, "postgres");
    assert_eq!(readings(&returned.clone().store().await?).await?, before);
    // Both journals go on after what was restored.
    for store in [moved, returned.store().await?] {
        store.append(&[voucher(1201)?]).await?;
        let last =
            store.vouchers(&VoucherFilter::default(), None, 100_000).await?.pop().ok_or("a voucher")?;
        assert_eq!(last.voucher, voucher(1201)?);
        store.create_org(&org("c")?, &Description::parse("again")?, &stamp()?).await?;
        assert_eq!(store.revision(&org("c")?).await?, Some(Revision(2)), "above the deleted one");
    }
    Ok(())
}

/// Writes until it is told to stop: trees, components and vouchers, so that a backup of different moments would not fit
/// together.
async fn write_on(store: &SqlStore, stop: &AtomicBool) -> Result<u64, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        let (id, revision) = (org("b").map_err(|e| said(&e))?, Revision(written));
        let group = GroupId::parse(&format!("group-b{written}")).map_err(|e| said(&e))?;
        let description = Description::parse(group.as_str()).map_err(|e| said(&e))?;
        let change = Change::GroupCreated { group: group.clone(), parent: id.root(), description };
        let stamp = stamp().map_err(|e| said(&e))?;
        store.commit(&id, revision, &change, &stamp).await.map_err(|e| said(&e))?;
        let mut new = component("b", "10", &format!("W{written}")).map_err(|e| said(&e))?;
        store.ingest(std::slice::from_ref(&new), &[], &stamp).await.map_err(|e| said(&e))?;
        new.group = Some(group);
        let placement = Placement { component: new.id, org: id, from: None, to: new.group };
        store.place(&placement, &stamp).await.map_err(|e| said(&e))?;
        let number = i64::try_from(written).map_err(|e| said(&e))? + 5000;
        store.append(&[voucher(number).map_err(|e| said(&e))?]).await.map_err(|e| said(&e))?;
        written += 1;
    }
    Ok(written)
}

/// Backs up again and again while somebody writes, and restores each: the restore checks that all of it fits together.
async fn under_load(database: SqlDatabase) -> Tested {
    let store = database.clone().store().await?;
    filled(&store, MANY).await?;
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let (writer, told) = (store.clone(), stop.clone());
    let writing = tokio::spawn(async move { write_on(&writer, &told).await });
    let mut sizes = Vec::new();
    // Until backups of different moments were seen; each waits for the writer to have done something in between.
    while sizes.len() < 3 && !writing.is_finished() {
        let backup = backup_of(&database).await?;
        if sizes.last().is_none_or(|last| backup.len() > *last) {
            sizes.push(backup.len());
            migrated().await?.restore(&mut backup.as_bytes()).await?;
        }
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writing.await?? > 0);
    assert_eq!(sizes.len(), 3);
    let checked = database.check(&mut |violation| panic!("{violation}")).await?;
    assert_eq!(checked.violations, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_sqlite_under_load_is_of_one_moment() -> Tested {
    let file = File::new()?;
    let database = file.open().await?;
    database.migrate().await?;
    under_load(database).await
}

#[cfg(all(unix, feature = "testing"))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgres_under_load_is_of_one_moment() -> Tested {
    let elsewhere = crate::testing::Database::new()?;
    let database = SqlDatabase::postgres(&elsewhere.options()?).await?;
    database.migrate().await?;
    under_load(database).await
}

/// Tries to restore, and says why that is refused. The database must be as empty as before.
async fn refused(backup: &str) -> Result<String, Box<dyn Error>> {
    let database = migrated().await?;
    let error = database.restore(&mut backup.as_bytes()).await.err().ok_or("it was restored")?;
    let status = database.status().await?;
    assert!(status.rows.iter().all(|(_, rows)| rows == 0), "{status:?}");
    Ok(error.to_string())
}

#[tokio::test]
async fn what_is_no_whole_backup_is_refused() -> Tested {
    let backup = sample().await?;
    let lines: Vec<&str> = backup.lines().collect();
    let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(whole, backup);
    let without = |left_out: usize| -> String {
        let kept = lines.iter().enumerate().filter(|(number, _)| *number != left_out);
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    let half = |part: f64| backup.get(..(backup.len() as f64 * part) as usize).unwrap_or_default().to_owned();
    let told = [
        refused("").await?,
        refused("SQLite format 3\0").await?,
        refused("{\"a\":1}\n").await?,
        refused(&backup.replacen("\"ovgs_backup\":1", "\"ovgs_backup\":2", 1)).await?,
        refused(&backup.replacen(
            "\"schema\":1,\"migration\":\"0001_initial\"",
            "\"schema\":2,\"migration\":\"0002_more\"",
            1,
        ))
        .await?,
        refused(&backup.replacen("\"revision\"]", "\"revision\",\"more\"]", 1)).await?,
        refused(&without(lines.len() - 1)).await?,
        refused(&half(0.5))
            .await?
            .replace(|c: char| c.is_ascii_digit(), "")
            .replace("after  lines", "after N lines"),
        refused(backup.trim_end().trim_end_matches('}')).await?.replace(|c: char| c.is_ascii_digit(), ""),
        refused(&backup.replacen("DCS", "DCX", 1)).await?.replace(|c: char| c.is_ascii_digit(), ""),
        refused(&without(20)).await?.replace(|c: char| c.is_ascii_digit(), ""),
        refused(&without(1)).await?.replace(|c: char| c.is_ascii_digit(), ""),
        refused(&format!("{backup}\n")).await?.replace(|c: char| c.is_ascii_digit(), ""),
        refused(&backup.replacen("[\"orgs\",\"org-a\",5]", "[\"orgs\",\"org-a\",\"5\"]", 1)).await?,
        refused(&backup.replacen("[\"orgs\",\"org-a\",5]", "[\"orgs\",\"org-a\"]", 1)).await?,
        refused(&backup.replacen("[\"orgs\",\"org-a\",5]", "[\"users\",\"org-a\"]", 1)).await?,
    ];
    expect![[r#"
        this is no backup of ours: its first line is not the one that `db backup` begins with
        this is no backup of ours: its first line is not the one that `db backup` begins with
        this is no backup of ours: its first line is not the one that `db backup` begins with
        the backup has format 2, the newest one known here is 1; restore it with the version that made it, or a newer one
        the backup is of schema `0002_more`, the newest one known here is `0001_initial`; restore it with the version that made it, or a newer one
        line 1 of the backup is damaged: it has a column in `orgs` that is unknown here; nothing was restored
        the backup ends after 3326 lines without its last one: it was cut off; nothing was restored
        the backup ends after N lines without its last one: it was cut off; nothing was restored
        the backup ends after  lines without its last one: it was cut off; nothing was restored
        line  of the backup is damaged: the lines before it are not those that were written; nothing was restored
        line  of the backup is damaged: it counts  rows of `components`, and there are ; nothing was restored
        line  of the backup is damaged: up to here it breaks the rules of the database: rows are missing, or there twice; nothing was restored
        line  of the backup is damaged: there is more after the end; nothing was restored
        line 2 of the backup is damaged: `revision` is not what it should be; nothing was restored
        line 2 of the backup is damaged: it has 1 values for 2 columns; nothing was restored
        line 2 of the backup is damaged: it has 1 values for 3 columns; nothing was restored"#]].assert_eq(&told.join("\n"));
    Ok(())
}

#[tokio::test]
async fn what_is_not_sound_is_not_restored() -> Tested {
    let database = migrated().await?;
    filled(&database.clone().store().await?, MANY).await?;
    let writer = &database.connections.writer;
    writer.execute_unprepared("UPDATE components SET mac_addr = 'x' WHERE serial_number = 'S1'").await?;
    let told = refused(&backup_of(&database).await?).await?;
    expect!["what the backup holds is not sound, in 2 places, the first: component `30065/S1`: a MAC address cannot be read: `x` is not a MAC address: six octets in hexadecimal, such as `00:1c:73:ab:cd:01`; nothing was restored"].assert_eq(&told);
    Ok(())
}

#[tokio::test]
async fn an_older_backup_lacks_columns() -> Tested {
    let backup = sample().await?;
    let (header, rest) = backup.split_once('\n').ok_or("a line")?;
    // As if `last_used_at` had come with a later migration.
    let header = header.replacen(",\"last_used_at\"", "", 1);
    let rows = rest.replacen(",1,5,3,null]", ",1,5,3]", 1);
    let (rows, footer) = rows.trim_end().rsplit_once('\n').ok_or("a line")?;
    let before = format!("{header}\n{rows}\n");
    let sum = Fingerprint::of(before.as_bytes());
    let (counts, _) = footer.split_once("\"sha256\"").ok_or("a digest")?;
    let older = format!("{before}{counts}\"sha256\":\"{sum}\"}}\n");
    let restored = migrated().await?;
    restored.restore(&mut older.as_bytes()).await?;
    assert_eq!(rows_of(&backup_of(&restored).await?), rows_of(&backup));
    Ok(())
}

fn rows_of(backup: &str) -> Vec<String> {
    rows(backup).into_iter().map(str::to_owned).collect()
}
