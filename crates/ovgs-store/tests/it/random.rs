//! Random writes over the stores in memory, SQLite and PostgreSQL side by side: same answers, same state.
//!
//! `OVGS_RANDOM_STEPS=1000000 cargo test -p ovgs-store --all-features --test it random` is a long run; a failure prints the
//! seed, which `OVGS_RANDOM_SEED` brings back.

use std::{
    error::Error,
    fmt::Debug,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::DateTime;
use ovgs_domain::{
    Author, CertId, Change, Component, ComponentId, Delegate, Description, DomainCert, Facts, Fingerprint,
    GroupId, Ien, IssuedVoucher, Org, OrgId, RequestId, Revision, Role, SerialNumber, User, UserType,
    Username,
};
use ovgs_store::{
    EventFilter, MemoryStore, Placement, SqlDatabase, Stamp, Store, StoreError, TokenRecord, VoucherFilter,
    Within,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

/// Few names, so that writes meet.
const ORGS: [&str; 3] = ["org-a", "org-b", "org-c"];

/// A write; numbers name things.
#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Delete(usize),
    Commit { org: usize, kind: u8, group: usize, other: usize },
    Stale { org: usize, group: usize },
    Ingest { org: usize, serial: usize },
    Place { org: usize, serial: usize, from: Option<usize>, to: Option<usize> },
    Transfer { serial: usize, from: usize, to: usize },
    Retire { serial: usize, org: usize },
    Register(usize),
    Unregister(usize),
    Issue { token: usize, user: usize },
    Revoke(usize),
    Append { org: usize, serial: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let (org, group, serial) = (0..ORGS.len(), 0..6_usize, 0..4_usize);
    let place =
        (org.clone(), serial.clone(), prop::option::of(group.clone()), prop::option::of(group.clone()));
    prop_oneof![
        1 => org.clone().prop_map(Step::Create),
        1 => org.clone().prop_map(Step::Delete),
        12 => (org.clone(), 0..8_u8, group.clone(), 0..6_usize)
            .prop_map(|(org, kind, group, other)| Step::Commit { org, kind, group, other }),
        1 => (org.clone(), group).prop_map(|(org, group)| Step::Stale { org, group }),
        2 => (org.clone(), serial.clone()).prop_map(|(org, serial)| Step::Ingest { org, serial }),
        4 => place.prop_map(|(org, serial, from, to)| Step::Place { org, serial, from, to }),
        1 => (serial.clone(), org.clone(), org.clone())
            .prop_map(|(serial, from, to)| Step::Transfer { serial, from, to }),
        1 => (serial.clone(), org.clone()).prop_map(|(serial, org)| Step::Retire { serial, org }),
        1 => (0..4_usize, org.clone()).prop_map(|(token, user)| Step::Issue { token, user }),
        1 => (0..4_usize).prop_map(Step::Revoke),
        1 => (serial, org.clone()).prop_map(|(serial, org)| Step::Append { serial, org }),
        1 => org.clone().prop_map(Step::Register),
        1 => org.prop_map(Step::Unregister),
    ]
}

type Thing<T> = Result<T, Box<dyn Error>>;

fn org(number: usize) -> Thing<OrgId> {
    Ok(OrgId::parse(ORGS.get(number).copied().unwrap_or("org-x"))?)
}

/// The first three are roots.
fn group(number: usize) -> Thing<GroupId> {
    match number {
        0..3 => Ok(org(number)?.root()),
        _ => Ok(GroupId::parse(&format!("group-{number}"))?),
    }
}

fn user(number: usize) -> Thing<User> {
    Ok(User { org: org(number % 3)?, username: Username::parse("ann")?, user_type: UserType::User })
}

fn id(serial: usize) -> Thing<ComponentId> {
    let serial_number = SerialNumber::parse(&format!("S{}", serial / 2))?;
    Ok(ComponentId { ien: Ien::parse(if serial.is_multiple_of(2) { "9" } else { "10" })?, serial_number })
}

fn change(kind: u8, at: usize, other: usize) -> Thing<Change> {
    let (group, cert) = (group(at)?, CertId::parse(&format!("cert-{other}"))?);
    let delegate = if other < 3 { Delegate::Org(org(other)?) } else { Delegate::Any };
    let der = [u8::try_from(other)?];
    Ok(match kind {
        0 => {
            let description = Description::parse(&format!("{}", at / 2))?;
            Change::GroupCreated { group, parent: self::group(other)?, description }
        }
        1 => Change::GroupDeleted { group },
        2 => Change::DelegationAdded { group, delegate },
        3 => Change::DelegationRemoved { group, delegate },
        4 => Change::RoleAdded { group, user: user(other)?, role: Role::Admin },
        5 => Change::RoleRemoved { group, user: user(other)? },
        6 => {
            let (expiry_time, not_after) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
            let fingerprint = Fingerprint::of(&der);
            let cert = DomainCert { id: cert, fingerprint, revocation_checks: false, expiry_time, not_after };
            Change::DomainCertCreated { group, cert, der: der.as_slice().into() }
        }
        _ => Change::DomainCertDeleted { group, cert },
    })
}

fn token(number: usize, user: usize) -> Thing<TokenRecord> {
    Ok(TokenRecord {
        jti: format!("token-{number}"),
        user: self::user(user)?,
        issued_at: DateTime::UNIX_EPOCH,
        expires_at: DateTime::UNIX_EPOCH,
        revoked_at: None,
        last_used_at: None,
    })
}

fn voucher(org: usize, serial: usize) -> Thing<IssuedVoucher> {
    let hash = Fingerprint::of(&[u8::try_from(serial)?]);
    Ok(IssuedVoucher {
        at: DateTime::UNIX_EPOCH,
        caller: user(org)?,
        request_id: RequestId::parse("1")?,
        org: self::org(org)?,
        component: id(serial)?,
        cert: CertId::parse("cert-1")?,
        pinned_cert: hash,
        content: hash,
        voucher: hash,
        created_on: DateTime::UNIX_EPOCH,
        expires_on: None,
        issuer: "Acme".into(),
        signer_cert: hash,
    })
}

/// Takes a step, and says what the store answered.
async fn take(store: &dyn Store, step: &Step) -> Thing<String> {
    let stamp = Stamp { author: Author::Cli(Username::parse("root")?), at: DateTime::UNIX_EPOCH };
    let said = |answer: Result<(), StoreError>| match answer {
        Ok(()) => Ok("done".to_owned()),
        Err(StoreError::Conflict) => Ok("conflict".to_owned()),
        Err(other) => Err(other),
    };
    let answer = match step {
        Step::Create(number) => {
            let new = store.create_org(&org(*number)?, &Description::parse("one")?, &stamp).await;
            return Ok(format!("{new:?}"));
        }
        Step::Delete(number) => {
            let revision = store.revision(&org(*number)?).await?.unwrap_or_default();
            store.delete_org(&org(*number)?, revision, &stamp).await
        }
        Step::Commit { org: number, kind, group, other } => {
            let revision = store.revision(&org(*number)?).await?.unwrap_or_default();
            store.commit(&org(*number)?, revision, &change(*kind, *group, *other)?, &stamp).await
        }
        Step::Stale { org: number, group } => {
            let stale = store.revision(&org(*number)?).await?.and_then(|revision| revision.0.checked_sub(1));
            let stale = Revision(stale.unwrap_or(7));
            store.commit(&org(*number)?, stale, &change(0, *group, *number)?, &stamp).await
        }
        Step::Ingest { org: number, serial } => {
            let (id, org) = (id(*serial)?, org(*number)?);
            let new = Component { id, org, group: None, facts: Facts::default() };
            store.ingest(&[new], &[], &stamp).await
        }
        Step::Place { org: number, serial, from, to } => {
            let from = from.map(group).transpose()?;
            let to = to.map(group).transpose()?;
            let placement = Placement { component: id(*serial)?, org: org(*number)?, from, to };
            store.place(&placement, &stamp).await
        }
        Step::Transfer { serial, from, to } => {
            store.transfer(&id(*serial)?, &org(*from)?, &org(*to)?, &stamp).await
        }
        Step::Retire { serial, org: number } => store.retire(&id(*serial)?, &org(*number)?, &stamp).await,
        Step::Register(number) => {
            let answer = store.add_user(&user(*number)?, &stamp).await;
            return Ok(answer.map_or_else(|error| error.to_string(), |new| new.to_string()));
        }
        Step::Unregister(number) => return Ok(store.remove_user(&user(*number)?, &stamp).await?.to_string()),
        Step::Issue { token, user: number } => store.add_token(&self::token(*token, *number)?, &stamp).await,
        Step::Revoke(number) => {
            return Ok(format!("{:?}", store.revoke_token(&format!("token-{number}"), &stamp).await?));
        }
        Step::Append { org, serial } => store.append(&[voucher(*org, *serial)?]).await,
    };
    Ok(said(answer)?)
}

/// Everything that a store says of itself.
async fn state(store: &dyn Store) -> Thing<(Vec<Option<Org>>, Vec<String>)> {
    let mut trees = Vec::new();
    let mut state = vec![
        format!("{:?}", store.orgs(None, 100).await?),
        format!("{:?}", store.users(None, None, 100).await?),
        format!("{:?}", store.iens().await?),
        format!("{:?}", store.tokens(None, None, 100).await?),
        format!("{:?}", store.vouchers(&VoucherFilter::default(), None, 1000).await?),
        format!("{:?}", store.events(&EventFilter::default(), None, 1000).await?),
        format!("{:?}", store.locate(&[id(0)?, id(1)?, id(2)?, id(3)?]).await?),
    ];
    for number in 0..3 {
        let org = org(number)?;
        trees.push(store.org(&org).await?);
        state.push(format!("{:?}", store.changes_since(&org, Revision(number as u64)).await?));
        state.push(format!("{:?}", store.delegators(&org).await?));
        state.push(format!("{:?}", store.employers(&org).await?));
        state.push(format!("{:?}", store.orgs_of_member(&user(number)?).await?));
        for within in [None, Some(group(3)?), Some(group(4)?)] {
            let within = Within { org: org.clone(), group: within };
            state.push(format!("{:?}", store.components_in(&within, None, 100).await?));
            state.push(format!("{:?}", store.tally(&within, 2).await?));
        }
    }
    for number in 0..6 {
        state.push(format!("{:?}", store.org_of_group(&group(number)?).await?));
        let cert = CertId::parse(&format!("cert-{number}"))?;
        state.push(format!("{:?} {:?}", store.org_of_cert(&cert).await?, store.certificate(&cert).await?));
    }
    Ok((trees, state))
}

/// How long a case is at most; half as long on average.
const LENGTH: usize = 200;

/// How many steps are taken unless somebody wants more.
const STEPS: usize = 4000;

/// The stores that last from case to case, and how they are emptied.
#[cfg(unix)]
struct Lasting {
    postgres: ovgs_store::SqlStore,
    database: ovgs_store::testing::Database,
}

#[cfg(unix)]
impl Lasting {
    async fn open() -> Thing<Lasting> {
        let database = ovgs_store::testing::Database::new()?;
        let opened = SqlDatabase::postgres(&database.options()?).await?;
        opened.migrate().await?;
        Ok(Lasting { postgres: opened.store().await?, database })
    }

    fn emptied(&self) -> Thing<Vec<Arc<dyn Store>>> {
        self.database.execute("TRUNCATE orgs, vouchers, events RESTART IDENTITY CASCADE")?;
        Ok(vec![Arc::new(self.postgres.clone())])
    }
}

#[cfg(not(unix))]
struct Lasting;

#[cfg(not(unix))]
impl Lasting {
    async fn open() -> Thing<Lasting> {
        Ok(Lasting)
    }

    fn emptied(&self) -> Thing<Vec<Arc<dyn Store>>> {
        Ok(Vec::new())
    }
}

/// Everybody must say the same as the store in memory.
fn same<T: PartialEq + Debug>(answers: &[T], when: &str) -> Thing<()> {
    match answers.split_first() {
        Some((first, others)) if others.iter().any(|other| other != first) => {
            Err(format!("{when}: {answers:#?}").into())
        }
        _ => Ok(()),
    }
}

async fn agree(lasting: &Lasting, steps: &[Step]) -> Thing<()> {
    let database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    let mut stores: Vec<Arc<dyn Store>> =
        vec![Arc::new(MemoryStore::new()), Arc::new(database.store().await?)];
    stores.extend(lasting.emptied()?);
    // Without organizations nothing much happens.
    for step in [0, 1].map(Step::Create).iter().chain(steps) {
        let mut answers = Vec::new();
        for store in &stores {
            answers.push(take(store.as_ref(), step).await?);
        }
        same(&answers, &format!("{step:?}"))?;
    }
    let mut states = Vec::new();
    for store in &stores {
        states.push(state(store.as_ref()).await?);
    }
    same(&states, "at the end")
}

/// A number that somebody set.
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn all_stores_agree() {
    let steps = variable("OVGS_RANDOM_STEPS").map_or(STEPS, |steps| usize::try_from(steps).expect("steps"));
    let seed = variable("OVGS_RANDOM_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(steps.div_ceil(LENGTH / 2)).expect("fewer steps"),
        failure_persistence: None,
        max_shrink_iters: 4096,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lasting = runtime.block_on(Lasting::open()).unwrap();
    let taken = AtomicUsize::new(0);
    let outcome = runner.run(&prop::collection::vec(step(), 0..=LENGTH), |steps| {
        taken.fetch_add(steps.len(), Ordering::Relaxed);
        runtime.block_on(agree(&lasting, &steps)).map_err(|error| TestCaseError::fail(error.to_string()))
    });
    println!("{} steps, OVGS_RANDOM_SEED={seed}", taken.into_inner());
    if let Err(found) = outcome {
        panic!("OVGS_RANDOM_SEED={seed}: {found}");
    }
}
