//! What happens before a message is understood: malformed and oversized messages, deadlines, unknown methods.

use std::time::Duration;

use http::{Method, StatusCode};
use ovgs_proto::v1 as pb;
use prost::Message as _;
use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use super::{World, fails};
use crate::support::{raw, with_token};

/// Sends octets as they are, and takes them likewise.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(buffer, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = bytes::Buf::remaining(buffer);
        let mut octets = vec![0; length];
        bytes::Buf::copy_to_slice(buffer, &mut octets);
        Ok(Some(octets))
    }
}

/// Sends octets as the message of a method.
async fn send(world: &World, method: &str, request: Request<Vec<u8>>) -> Status {
    let channel = world.server.endpoint.connect().await.unwrap();
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::try_from(format!("/ovgs.v1.OwnershipVoucherService/{method}")).unwrap();
    grpc.unary(request, path, Raw).await.map(drop).expect_err(method)
}

const METHODS: [&str; 18] = [
    "GetComponents",
    "CreateGroup",
    "DeleteGroup",
    "GetGroup",
    "AddGroupDelegatedOrg",
    "RemoveGroupDelegatedOrg",
    "AddUserRole",
    "RemoveUserRole",
    "GetUserRole",
    "AddSerial",
    "RemoveSerial",
    "GetSerial",
    "GetSerials",
    "CreateDomainCert",
    "DeleteDomainCert",
    "GetDomainCert",
    "GetOwnershipVoucher",
    "GetOwnershipVouchers",
];

#[tokio::test(flavor = "multi_thread")]
async fn malformed_protobuf_is_an_invalid_argument() {
    let world = World::new().await;
    let token = world.server.token(&crate::support::user("org-acmeco", "admin")).await;
    for method in METHODS {
        // A length beyond the end, a wire type that is none, a text that is not UTF-8.
        for octets in [&[0x0a, 0x7f, 0x61][..], &[0x0f], &[0x0a, 0x02, 0xff, 0xfe], &[0xff; 40]] {
            let status = send(&world, method, with_token(octets.to_vec(), &token)).await;
            assert_eq!(status.code(), Code::InvalidArgument, "{method} {octets:?}: {}", status.message());
        }
        let status = send(&world, method, Request::new(vec![0xff; 40])).await;
        assert_eq!(status.code(), Code::Unauthenticated, "au01: {method} by nobody, before anything is read");
    }
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_too_large_is_resource_exhausted() {
    let world = World::new().await;
    let group_id = "g".repeat(4 * 1024 * 1024 + 1);
    let answer = world.client.clone().get_group(world.admin(pb::GetGroupRequest { group_id })).await;
    fails("over 4 MiB", answer, Code::ResourceExhausted, "");
    let group_id = "g".repeat(4 * 1024 * 1024 - 100);
    let answer = world.client.clone().get_group(world.admin(pb::GetGroupRequest { group_id })).await;
    fails("just under it", answer, Code::InvalidArgument, "group_id");
    world.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_has_passed_is_said_so() {
    let world = World::new().await;
    let token = world.server.token(&crate::support::user("org-acmeco", "admin")).await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("grpc-timeout", "1n")];
    let answer = raw::call(&world.server, "GetGroup", &headers).await;
    assert_eq!((answer.http.as_u16(), answer.code()), (200, Code::DeadlineExceeded), "{answer:?}");
    for credentials in [&[][..], &[("authorization", "Bearer a.b.c")]] {
        let headers = [&[("grpc-timeout", "0n")], credentials].concat();
        let answer = raw::call(&world.server, "GetGroup", &headers).await;
        assert_eq!(answer.code(), Code::Unauthenticated, "who is nobody hears that first: {answer:?}");
    }
    let mut request = world.admin(pb::GetGroupRequest { group_id: "org-acmeco".into() });
    request.set_timeout(Duration::from_secs(60));
    world.client.clone().get_group(request).await.expect("a minute is enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_can_make_a_browser_send_is_no_call() {
    let world = World::new().await;
    let token = world.server.token(&crate::support::user("org-acmeco", "admin")).await;
    let create = pb::CreateGroupRequest { parent: "org-acmeco".into(), description: "forged".into() };
    let message = create.encode_to_vec();
    let framed = [&[0, 0, 0, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
    let sent = async |method: Method, content_type: Option<&str>| {
        let path = "https://localhost/ovgs.v1.OwnershipVoucherService/CreateGroup";
        let mut request = http::Request::builder().method(method).uri(path);
        request = request.header("cookie", format!("access_token={token}"));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        raw::send(&world.server, request.body(framed.clone().into()).unwrap()).await
    };
    for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let answer = sent(Method::POST, content_type).await;
        assert_eq!(answer.http, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
    }
    for method in [Method::GET, Method::PUT] {
        let answer = sent(method.clone(), Some("application/grpc")).await;
        assert_eq!(answer.http, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let request = world.admin(pb::GetGroupRequest { group_id: "org-acmeco".into() });
    let group = world.client.clone().get_group(request).await.unwrap().into_inner();
    assert_eq!(group.child_group_ids, ["group-a", "group-empty"], "nothing was done");
    assert_eq!(sent(Method::POST, Some("application/grpc+proto")).await.code(), Code::Ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_method_is_unimplemented_and_named() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.server.token(&crate::support::user("org-acmeco", "admin")).await);
    let long = "Steal".repeat(20);
    for (path, named) in [
        ("ovgs.v1.OwnershipVoucherService/StealRouter", "StealRouter"),
        (&format!("ovgs.v1.OwnershipVoucherService/{long}"), &format!("{}…", &long[..63])),
        ("ovgs.v2.Routers/Steal", "ovgs.v2.Routers/Steal"),
        ("", ""),
    ] {
        let request = http::Request::post(format!("https://localhost/{path}"))
            .header("content-type", "application/grpc")
            .header("authorization", &bearer)
            .header("x-request-id", "my-request-8");
        let answer = raw::send(&world.server, request.body(Vec::new().into()).unwrap()).await;
        let status = Status::from_header_map(&answer.headers).expect("a gRPC status");
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
        assert_eq!(status.message(), format!("there is no method `{named}`"));
        assert_eq!(answer.headers.get("x-request-id").unwrap(), "my-request-8", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tonic_has_to_say_is_said_in_our_words() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.server.token(&crate::support::user("org-acmeco", "admin")).await);
    let encoding = "z".repeat(2000);
    for (octets, encoding, expected) in [
        (&b""[..], "identity", "missing request message"),
        (b"\0\0\0\0\x09abc", "identity", "unexpected EOF decoding stream"),
        (b"\x01\0\0\0\0", &encoding, "the request is compressed; send it as it is"),
    ] {
        let request = http::Request::post("https://localhost/ovgs.v1.OwnershipVoucherService/GetGroup")
            .header("content-type", "application/grpc")
            .header("authorization", &bearer)
            .header("grpc-encoding", encoding);
        let answer = raw::send(&world.server, request.body(octets.into()).unwrap()).await;
        let status = Status::from_header_map(&answer.headers).expect("a gRPC status");
        assert_eq!(status.message(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_id_comes_back() {
    let world = World::new().await;
    let mut request = world.admin(pb::GetGroupRequest { group_id: "group-none".into() });
    request.metadata_mut().insert("x-request-id", "my-request-7".parse().unwrap());
    let status = world.client.clone().get_group(request).await.unwrap_err();
    assert_eq!(status.metadata().get("x-request-id").unwrap(), "my-request-7");
    for unfit in ["", &"x".repeat(65)] {
        let mut request = world.admin(pb::GetGroupRequest { group_id: "group-none".into() });
        request.metadata_mut().insert("x-request-id", unfit.parse().unwrap());
        let status = world.client.clone().get_group(request).await.unwrap_err();
        let made = status.metadata().get("x-request-id").expect("one is made").to_str().unwrap().to_owned();
        assert!(made != unfit && !made.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au31_and_au12_a_token_that_is_revoked_or_expired_is_refused() {
    use ovgs_store::Accounts;
    let world = World::new().await;
    let admin = crate::support::user("org-acmeco", "admin");
    let get = || pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let expired = world.server.token_for(&admin, chrono::TimeDelta::seconds(-1)).await;
    let answer = world.client.clone().get_group(with_token(get(), &expired)).await;
    fails("expired", answer, Code::Unauthenticated, "");
    let token = world.server.token(&admin).await;
    let known = world.server.store.tokens(None, None, 100).await.unwrap();
    for record in known {
        world.server.store.revoke_token(&record.jti, &crate::support::stamp()).await.unwrap();
    }
    let answer = world.client.clone().get_group(with_token(get(), &token)).await;
    let status = fails("revoked", answer, Code::Unauthenticated, "");
    assert!(!status.message().contains("revoked"), "nothing is learned: {}", status.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn au_tokens_that_are_not_ours_are_refused() {
    let world = World::new().await;
    let good = world.server.token(&crate::support::user("org-acmeco", "admin")).await;
    let parts: Vec<&str> = good.split('.').collect();
    let get = || pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
    let bad = [
        ("au05", format!("{none}.{}.", parts[1])),
        ("au14: no signature", format!("{}.{}.", parts[0], parts[1])),
        ("au14: tampered payload", format!("{}.{}x.{}", parts[0], parts[1], parts[2])),
        ("au34: longer than any token", "a".repeat(17 * 1024)),
        ("rubbish", "a.b.c".into()),
    ];
    for (row, token) in bad {
        let answer = world.client.clone().get_group(with_token(get(), &token)).await;
        fails(row, answer, Code::Unauthenticated, "");
    }
    // More headers than there is room for are refused by the transport itself.
    let bearer = format!("Bearer {}", "a".repeat(40 * 1024));
    let answer = raw::call(&world.server, "GetGroup", &[("authorization", &bearer)]).await;
    assert_eq!(answer.http, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "au34");
    world.client.clone().get_group(with_token(get(), &good)).await.expect("the good one is good");
}
