//! Who is slow, silent or in the way keeps nobody out.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::join_all};
use http_body_util::StreamBody;
use hyper::body::Frame;
use ovgs_domain::{Facts, Role};
use ovgs_proto::v1 as pb;
use ovgs_server::rpc::{CallLimits, ServerSettings, Transport};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
};
use tonic::{Code, Request, Status, Streaming, transport::Channel};

use crate::{
    serving::{Running, ask, run, tls},
    support::{
        Client, Options, Server, org, pki, raw,
        seed::{add_component, component_id, create_org, grant},
        user, with_token,
    },
};

/// What must happen, though nobody says when. Far longer than it ever takes.
async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("it happens in time")
}

/// A duration that no test lives to see the end of.
const NEVER: Duration = Duration::from_secs(3600);

/// A server, mostly with room for one call, and an organization whose listing is too long to be made at one go.
struct Narrow {
    server: Server,
    token: String,
}

impl Narrow {
    async fn new(reader_patience: Duration) -> Narrow {
        Narrow::with(CallLimits { max_concurrent_calls: 1, reader_patience, ..CallLimits::default() }).await
    }

    async fn with(limits: CallLimits) -> Narrow {
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
    let narrow = Narrow::new(NEVER).await;
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
    let narrow = Narrow::new(NEVER).await;
    let mut deaf = narrow.reader(0).await;
    let request = with_token(pb::GetGroupRequest { group_id: "org-acmeco".into() }, &narrow.token);
    let unread = tokio::spawn(async move { deaf.get_group(request).await });
    narrow.room().await;
    unread.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_after_their_refusals_harm_no_other_call() {
    let server = Server::start().await;
    let mut connection = raw::connect(&server).await;
    // HTTP/2 forgives a thousand messages on a connection that nobody waits for.
    for _ in 0..12 {
        let (mut messages, mut refused) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            let (message, body) = oneshot::channel::<Frame<Bytes>>();
            let body = StreamBody::new(Box::pin(body.into_stream()));
            refused.push(connection.send_request(raw::to("GetGroup").body(body).unwrap()));
            messages.push(message);
        }
        for refused in in_time(join_all(refused)).await {
            let status =
                Status::from_header_map(refused.expect("the connection is there").headers()).unwrap();
            assert_eq!(status.code(), Code::Unauthenticated);
        }
        for message in messages {
            message.send(Frame::data(raw::EMPTY)).expect("the call was not reset");
        }
    }
}

/// As many callers as a server with a single core always has room for.
const BUSY: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn however_many_do_not_read_an_ordinary_number_of_callers_is_never_refused() {
    let wide = Narrow::with(CallLimits { reader_patience: NEVER, ..CallLimits::default() }).await;
    let mut deaf = wide.reader(4096).await;
    let mut unread = Vec::new();
    for _ in 0..200 {
        unread.push(deaf.get_components(wide.list()).await.unwrap());
    }
    let mut callers = JoinSet::new();
    for _ in 0..BUSY {
        let (mut client, token) = (wide.server.client().await, wide.token.clone());
        callers.spawn(async move {
            for _ in 0..20 {
                let request = pb::GetGroupRequest { group_id: "group-none".into() };
                let status = client.get_group(with_token(request, &token)).await.unwrap_err();
                assert_eq!(status.code(), Code::NotFound, "{}", status.message());
            }
        });
    }
    in_time(callers.join_all()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_gets_everything() {
    let narrow = Narrow::new(NEVER).await;
    let mut stream = narrow.reader(4096).await.get_components(narrow.list()).await.unwrap().into_inner();
    let mut seen = 0;
    while stream.message().await.unwrap().is_some() {
        seen += 1;
    }
    assert_eq!(seen, 4000);
}

/// Settings under which nothing ends on its own.
fn patient() -> ServerSettings {
    ServerSettings {
        drain: NEVER,
        hello_timeout: NEVER,
        handshake_timeout: NEVER,
        max_connection_age: NEVER,
        idle_timeout: NEVER,
        ..ServerSettings::default()
    }
}

async fn plain(server: &Running) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    in_time(endpoint.connect()).await.unwrap()
}

/// All that comes before the other end is closed.
async fn until_closed(tcp: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    // Whether it was closed or reset makes no difference.
    let _ = in_time(tcp.read_to_end(&mut octets)).await;
    octets
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_shake_hands_keeps_nobody_out() {
    let pki = pki::server_tls();
    let settings = ServerSettings { max_handshakes: 1, ..patient() };
    let server = run(Transport::tls(tls(&pki, None)), settings).await;
    let mut silent = Vec::new();
    for octets in [&b""[..], b"", b"\x16\x03\x01"] {
        let mut tcp = TcpStream::connect(server.address).await.unwrap();
        tcp.write_all(octets).await.unwrap();
        silent.push(tcp);
    }
    let channel = in_time(server.endpoint(&pki.ca, None).connect()).await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_says_hello_is_let_go() {
    let settings = ServerSettings { hello_timeout: Duration::from_millis(50), ..patient() };
    let server = run(Transport::tls(tls(&pki::server_tls(), None)), settings).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    until_closed(&mut silent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_speaks_http_2_makes_room() {
    let settings =
        ServerSettings { max_connections: 1, handshake_timeout: Duration::from_millis(50), ..patient() };
    let server = run(Transport::Plaintext, settings).await;
    for octets in [&b""[..], b"PRI * HTTP/2.0"] {
        let mut silent = TcpStream::connect(server.address).await.unwrap();
        silent.write_all(octets).await.unwrap();
        until_closed(&mut silent).await;
    }
    assert_eq!(in_time(ask(plain(&server).await, "t")).await.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_calls_is_asked_to_leave_and_then_cut_off() {
    let soon = Duration::from_millis(50);
    let server =
        run(Transport::Plaintext, ServerSettings { idle_timeout: soon, drain: soon, ..patient() }).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    // The preface, and SETTINGS with nothing in it.
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let said = until_closed(&mut idle).await;
    const GOAWAY_OF_THE_CONNECTION: &[u8] = b"\x07\0\0\0\0\0";
    assert!(said.windows(6).any(|octets| octets == GOAWAY_OF_THE_CONNECTION), "{said:02x?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_does_not_keep_a_connection_beyond_its_age_for_ever() {
    let soon = Duration::from_millis(50);
    let settings = ServerSettings { max_connection_age: soon, drain: soon, ..patient() };
    let server = run(Transport::Plaintext, settings).await;
    assert_ne!(in_time(ask(plain(&server).await, "wait")).await.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_only_so_many_connections() {
    let settings = ServerSettings { max_connections_per_peer: 2, ..patient() };
    let server = run(Transport::Plaintext, settings).await;
    let (first, second) = (plain(&server).await, plain(&server).await);
    for channel in [&first, &second] {
        assert_eq!(in_time(ask(channel.clone(), "t")).await.code(), Code::NotFound);
    }
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(until_closed(&mut third).await, b"");

    drop((first, second));
    in_time(async {
        loop {
            // Until the server has noticed, it may be refused at any point.
            let endpoint = Channel::from_shared(format!("http://{}", server.address)).unwrap();
            if let Ok(channel) = endpoint.connect().await
                && ask(channel, "t").await.code() == Code::NotFound
            {
                break;
            }
        }
    })
    .await;
}
