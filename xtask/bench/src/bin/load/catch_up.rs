//! What it takes a server to learn of changes that another one made.

use anyhow::{Context, ensure};
use ovgs_proto::v1 as pb;
use tokio::time::{Duration, Instant};
use tonic::Code;

use crate::{
    CatchUp, Server,
    connection::{self, Client},
};

/// The first call about a tree, for which all of it is loaded, and then the median of calls that each come after one change
/// through the other server. Answers as JSON.
pub(crate) async fn run(clients: &[Client], here: Server, wanted: &CatchUp) -> anyhow::Result<String> {
    let elsewhere =
        connection::open(&Server { endpoint: wanted.changed_at.clone(), connections: 1, ..here }).await?;
    let (mut reading, mut writing) = (first(clients)?, first(&elsewhere)?);
    for client in [&mut reading, &mut writing] {
        accustom(client).await?;
    }
    let load = read(&mut reading, &wanted.group).await?;
    let mut times = Vec::new();
    for round in 0..wanted.rounds {
        let description = format!("Made in round {round}");
        let request = pb::CreateGroupRequest { parent: wanted.group.clone(), description };
        writing.create_group(request).await?;
        times.push(read(&mut reading, &wanted.group).await?);
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).context("no rounds")?;
    let micros = |time: &Duration| time.as_secs_f64() * 1e6;
    Ok(format!(r#"{{"load_us":{:.0},"catch_up_us":{:.0}}}"#, micros(&load), micros(median)))
}

fn first(clients: &[Client]) -> anyhow::Result<Client> {
    clients.first().cloned().context("no connection")
}

/// Lets the server look at the token and the connection carry a call, so that neither counts.
async fn accustom(client: &mut Client) -> anyhow::Result<()> {
    let unknown = pb::GetGroupRequest { group_id: "group-of-nobody".to_owned() };
    let answer = client.get_group(unknown).await;
    ensure!(answer.is_err_and(|status| status.code() == Code::NotFound), "a group of nobody was found");
    Ok(())
}

async fn read(client: &mut Client, group: &str) -> anyhow::Result<Duration> {
    let request = pb::GetGroupRequest { group_id: group.to_owned() };
    let started = Instant::now();
    client.get_group(request).await?;
    Ok(started.elapsed())
}
