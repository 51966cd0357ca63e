//! A network that swallows what is sent, without a word: everybody is told so in time, and nothing is left of it afterwards.

use std::{collections::BTreeSet, error::Error, future::pending, io, ops::Range, time::Duration};

use expect_test::expect;
use ovgs_domain::{Change, Description, GroupId, Invalid};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Tested, component, meddle, org, populate, postgres::open, stamp, stored::voucher};
use crate::{
    EventFilter, Inventory, Journal, Organizations, Placement, PostgresOptions, PostgresTls, Store,
    StoreError, Within, sql::SqlStore, testing::Database,
};

/// Connections at most; so many that some are kept from one statement to the next.
const CONNECTIONS: u32 = 8;
/// Longer than any of it can take.
const BOUND: Duration = Duration::from_secs(60);

/// A network between a store and its database.
struct Network {
    port: u16,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Since so many silences.
    Up(usize),
    Silent(usize),
}

impl Network {
    /// One that leads to `host:port`.
    async fn to(server: String) -> io::Result<Network> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (state, seen) = watch::channel(State::Up(0));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(connect(client, server.clone(), seen.clone()));
            }
        });
        Ok(Network { port, state })
    }

    fn fall_silent(&self) {
        self.state.send_modify(|state| {
            if let State::Up(times) = *state {
                *state = State::Silent(times + 1);
            }
        });
    }

    /// What was under way is forgotten, as by a router that was replaced.
    fn come_back(&self) {
        self.state.send_modify(|state| {
            if let State::Silent(times) = *state {
                *state = State::Up(times);
            }
        });
    }
}

async fn connect(client: TcpStream, server: String, state: watch::Receiver<State>) -> io::Result<()> {
    let born = *state.borrow();
    let server = match born {
        State::Up(_) => TcpStream::connect(server).await?,
        State::Silent(_) => pending().await,
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pass(from_client, to_server, born, state.clone());
    let back = pass(from_server, to_client, born, state);
    tokio::try_join!(there, back).map(drop)
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    born: State,
    state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if *state.borrow() != born {
            pending::<()>().await;
        }
        match buffer.get(..read) {
            None | Some([]) => return to.shutdown().await,
            Some(octets) => to.write_all(octets).await?,
        }
    }
}

/// A store that reaches its database through a network.
async fn through(network: &Network, database: &Database) -> Result<SqlStore, Box<dyn Error>> {
    let url = database.url()?;
    let server = server_of(&url);
    let url = url.replace(&server, &format!("127.0.0.1:{}", network.port));
    let mut options = PostgresOptions::from_url(&url)?.with_tls(PostgresTls::Disable);
    options.max_connections = CONNECTIONS;
    options.acquire_timeout = Duration::from_secs(1);
    options.statement_timeout = Duration::from_millis(500);
    options.answer_timeout = Duration::from_secs(1);
    open(&options).await
}

/// Host and port of an address.
fn server_of(url: &str) -> String {
    let authority = url.rsplit('/').nth(1).unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// What a store is asked for.
const KINDS: [&str; 9] =
    ["revision", "tree", "organization", "commit", "place", "locate", "list", "append", "journal"];

async fn ask(store: &SqlStore, kind: &str, round: i64) -> Result<Result<(), StoreError>, Invalid> {
    let (a, one) = (org("a")?, GroupId::parse("group-1")?);
    let component = component("a", "30065", &format!("S{}", 1 + 3 * (round % 30)))?.id;
    let name = Description::parse(&format!("{kind} {round}"))?;
    Ok(match kind {
        "revision" => store.revision(&a).await.map(drop),
        "tree" => store.org(&a).await.map(drop),
        "organization" => store.create_org(&org(&round.to_string())?, &name, &stamp()?).await.map(drop),
        "commit" => {
            let group = GroupId::parse(&format!("group-{kind}-{round}"))?;
            let change = Change::GroupCreated { group, parent: a.root(), description: name };
            match store.revision(&a).await {
                Ok(Some(revision)) => store.commit(&a, revision, &change, &stamp()?).await,
                other => other.map(drop),
            }
        }
        "place" => {
            let placement = Placement { component, org: a, from: None, to: Some(one) };
            store.place(&placement, &stamp()?).await
        }
        "locate" => store.locate(&[component]).await.map(drop),
        "list" => store.components_in(&Within { org: a, group: None }, None, 10).await.map(drop),
        "append" => store.append(&[voucher("S1")?]).await,
        _ => store.events(&EventFilter::default(), None, 10).await.map(drop),
    })
}

/// What becomes of all of it at the same time, once for each round.
async fn ask_everything(
    store: &SqlStore,
    rounds: Range<i64>,
) -> Result<Vec<(&'static str, Result<(), StoreError>)>, Box<dyn Error>> {
    let mut calls = JoinSet::new();
    for round in rounds {
        for kind in KINDS {
            let store = store.clone();
            calls.spawn(async move { ask(&store, kind, round).await.map(|outcome| (kind, outcome)) });
        }
    }
    Ok(timeout(BOUND, calls.join_all()).await?.into_iter().collect::<Result<_, _>>()?)
}

/// Waits until nobody uses a connection.
async fn until_all_are_idle(store: &SqlStore) -> Tested {
    let pool = store.connections.writer.get_postgres_connection_pool();
    for _ in 0..1000 {
        if usize::try_from(pool.size())? == pool.num_idle() {
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
    Err("somebody keeps a connection".into())
}

#[tokio::test]
async fn a_silent_network_is_told_in_time_and_leaves_nothing_behind() -> Tested {
    let database = Database::new()?;
    let network = Network::to(server_of(&database.url()?)).await?;
    let store = through(&network, &database).await?;
    populate(&store, "a", 100, |number| format!("S{number}")).await?;
    meddle(&store, "INSERT INTO groups VALUES ('group-1', 'org-a', 'org-a', 'one')").await?;
    let mut told = BTreeSet::new();
    for silence in [0, 10] {
        for (kind, outcome) in ask_everything(&store, silence..silence + 1).await? {
            assert!(outcome.is_ok(), "{kind} after silence {silence}: {outcome:?}");
        }
        until_all_are_idle(&store).await?;
        network.fall_silent();
        // More of them than there are connections, so that some wait in vain for one.
        for (kind, outcome) in ask_everything(&store, silence + 1..silence + 3).await? {
            let Err(StoreError::Unavailable(why)) = outcome else {
                return Err(format!("{kind} in silence {silence}: {outcome:?}").into());
            };
            told.insert(why.to_string());
        }
        network.come_back();
        // Nobody who went silent keeps a place.
        until_all_are_idle(&store).await?;
    }
    expect![[r#"
        no connection to the database became free or could be made in time; try again
        the database did not answer in time; see whether the network to it is up"#]]
    .assert_eq(&told.into_iter().collect::<Vec<_>>().join("\n"));
    Ok(())
}
