//! Random writes over the store in memory and SQLite side by side: same answers, same state.

use std::error::Error;

use chrono::DateTime;
use ovgs_domain::{
    Author, CertId, Change, Component, ComponentId, Delegate, Description, DomainCert, Facts, Fingerprint,
    GroupId, Ien, OrgId, Revision, Role, SerialNumber, User, UserType, Username,
};
use ovgs_store::{EventFilter, MemoryStore, Placement, SqlDatabase, Stamp, Store, StoreError, Within};
use proptest::{prelude::*, test_runner::TestCaseError};

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
        1 => (serial, org.clone()).prop_map(|(serial, org)| Step::Retire { serial, org }),
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
    };
    Ok(said(answer)?)
}

/// Everything that a store says of itself, trees apart.
async fn state(store: &dyn Store) -> Thing<Vec<String>> {
    let mut state = vec![
        format!("{:?}", store.orgs(None, 100).await?),
        format!("{:?}", store.users(None, None, 100).await?),
        format!("{:?}", store.iens().await?),
        format!("{:?}", store.events(&EventFilter::default(), None, 1000).await?),
        format!("{:?}", store.locate(&[id(0)?, id(1)?, id(2)?, id(3)?]).await?),
    ];
    for number in 0..3 {
        let org = org(number)?;
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
    Ok(state)
}

async fn agree(steps: Vec<Step>) -> Thing<()> {
    let memory = MemoryStore::new();
    let database = SqlDatabase::sqlite_in_memory().await?;
    database.migrate().await?;
    let sqlite = database.store().await?;
    // Without organizations nothing much happens.
    for step in (0..2).map(Step::Create).chain(steps) {
        let answers = (take(&memory, &step).await?, take(&sqlite, &step).await?);
        assert_eq!(answers.0, answers.1, "{step:?}");
        for number in 0..3 {
            use ovgs_store::Organizations;
            let trees = (memory.org(&org(number)?).await?, sqlite.org(&org(number)?).await?);
            assert_eq!(trees.0, trees.1, "after {step:?}");
        }
    }
    assert_eq!(state(&memory).await?, state(&sqlite).await?);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_agree(steps in prop::collection::vec(step(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(agree(steps)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
