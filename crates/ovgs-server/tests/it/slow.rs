//! Who is slow, silent or in the way keeps nobody out.

use std::{future::Future, time::Duration};

use ovgs_domain::{Facts, Role};
use ovgs_proto::v1 as pb;
use ovgs_server::rpc::CallLimits;
use tonic::{Code, Request, Status, Streaming};

use crate::support::{
    Client, Options, Server, org,
    seed::{add_component, component_id, create_org, grant},
    user, with_token,
};

/// What must happen, though nobody says when. Far longer than it ever takes.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it happens in time")
}

/// A server with room for one call, and an organization whose listing is too long to be made at one go.
struct Narrow {
    server: Server,
    token: String,
}

impl Narrow {
    async fn new(reader_patience: Duration) -> Narrow {
        let limits = CallLimits { max_concurrent_calls: 1, reader_patience, ..CallLimits::default() };
        let server = Server::start_with(Options { limits, ..Options::default() }).await;
        let (acme, admin) = (org("org-acmeco"), user("org-acmeco", "admin"));
        create_org(&server.store, "org-acmeco").await;
        grant(&server.store, &acme, &acme.root(), &admin, Role::Admin).await;
        for number in 0..4000 {
            let id = component_id("30065", &format!("{number:064}"));
            add_component(&server.store, &acme, &id, None, Facts::default()).await;
        }
        Narrow { token: server.token(&admin).await, server }
    }

    /// A client that takes no more than so many octets before it has read them.
    async fn reader(&self, window: u32) -> Client {
        let endpoint = self.server.endpoint.clone().initial_stream_window_size(window);
        Client::new(endpoint.connect().await.unwrap())
    }

    fn list(&self) -> Request<pb::GetComponentsRequest> {
        with_token(pb::GetComponentsRequest { group_id: "org-acmeco".into() }, &self.token)
    }

    /// Calls until there is room.
    async fn room(&self) {
        let mut client = self.server.client().await;
        in_time(async {
            loop {
                let request = pb::GetGroupRequest { group_id: "group-none".into() };
                let status = client.get_group(with_token(request, &self.token)).await.unwrap_err();
                match status.code() {
                    Code::NotFound => break,
                    code => assert_eq!(code, Code::ResourceExhausted, "{}", status.message()),
                }
            }
        })
        .await;
    }
}

async fn rest(mut stream: Streaming<pb::GetComponentsResponse>) -> Result<(), Status> {
    while stream.message().await?.is_some() {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_keeps_no_place_beyond_the_deadline() {
    let narrow = Narrow::new(Duration::from_secs(3600)).await;
    let mut request = narrow.list();
    request.metadata_mut().insert("grpc-timeout", "100m".parse().unwrap());
    let stream = narrow.reader(4096).await.get_components(request).await.unwrap().into_inner();
    narrow.room().await;
    let status = in_time(rest(stream)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(status.metadata().contains_key("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sets_no_deadline_and_does_not_read_keeps_no_place_either() {
    let narrow = Narrow::new(Duration::from_millis(100)).await;
    let stream = narrow.reader(4096).await.get_components(narrow.list()).await.unwrap().into_inner();
    narrow.room().await;
    assert_eq!(in_time(rest(stream)).await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_complete_needs_no_place_to_be_read() {
    let narrow = Narrow::new(Duration::from_secs(3600)).await;
    let mut deaf = narrow.reader(0).await;
    let request = with_token(pb::GetGroupRequest { group_id: "org-acmeco".into() }, &narrow.token);
    let unread = tokio::spawn(async move { deaf.get_group(request).await });
    narrow.room().await;
    unread.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_gets_everything() {
    let narrow = Narrow::new(Duration::from_secs(3600)).await;
    let mut stream = narrow.reader(4096).await.get_components(narrow.list()).await.unwrap().into_inner();
    let mut seen = 0;
    while stream.message().await.unwrap().is_some() {
        seen += 1;
    }
    assert_eq!(seen, 4000);
}
