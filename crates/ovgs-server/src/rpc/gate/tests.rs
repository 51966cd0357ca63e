//! What a call passes, one thing at a time, with handlers that are not there.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body::Frame;
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use tonic::Code;
use tonic_types::StatusExt as _;
use tracing::{Dispatch, dispatcher::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::{
    authn::{Identity, TokenAuthority, TokenSettings},
    clock::{Fixed, System},
    rpc::fixtures,
};

/// Knows one token, and one that makes it stumble.
#[derive(Debug)]
struct Doorman;

#[async_trait::async_trait]
impl Authenticator for Doorman {
    async fn authenticate(
        &self,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        assert_eq!(now, fixtures::now());
        let Some(token) = &credentials.bearer else { return Ok(None) };
        match token.reveal() {
            "good" => Ok(Some(Identity { user: fixtures::user("ann") })),
            "down" => Err(AuthnError::Unavailable("no route".into())),
            "slow" => {
                tokio::task::yield_now().await;
                Err(AuthnError::unauthenticated("not the one either"))
            }
            _ => Err(AuthnError::unauthenticated("not the one")),
        }
    }
}

fn gate(limits: &CallLimits) -> Gate {
    let clock = Arc::new(Fixed::at(fixtures::now()));
    Gate::new(vec![Arc::new(Doorman)], limits, clock, Arc::new(System))
}

fn request(headers: &[(&'static str, &str)]) -> Request<Body> {
    let path = "/ovgs.v1.OwnershipVoucherService/GetGroup";
    let request = Request::post(path).header("content-type", "application/grpc").body(Body::empty());
    let mut request = request.expect("a request");
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().expect("a header value"));
    }
    request
}

/// An answer with a body: nothing but its trailers.
fn answer() -> Response<Body> {
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", 0.into());
    Response::new(Body::new(http_body_util::Empty::new().with_trailers(async { Some(Ok(trailers)) })))
}

/// A body that never goes on.
struct Stuck;

impl http_body::Body for Stuck {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Pending
    }
}

async fn trailers(response: Response<Body>) -> http::HeaderMap {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.expect("a body");
    collected.trailers().cloned().unwrap_or(parts.headers)
}

async fn status_of(response: Response<Body>) -> Status {
    Status::from_header_map(&trailers(response).await).expect("a status")
}

#[tokio::test]
async fn the_caller_s_request_id_comes_back_and_a_bad_one_is_replaced() {
    let gate = gate(&CallLimits::default());
    let too_long = "x".repeat(65);
    for authorization in ["Bearer good", "Bearer bad"] {
        for (given, kept) in [("order 17/4", true), (&too_long, false), ("", false)] {
            let request = request(&[("authorization", authorization), ("x-request-id", given)]);
            let trailers = trailers(gate.pass(request, |_| async { Ok(answer()) }).await).await;
            let id = trailers.get("x-request-id").expect("an id").to_str().expect("ASCII");
            assert_eq!(id == given, kept, "{given:?} became {id:?}");
            assert!(kept || id.len() == 36);
        }
    }
}

#[tokio::test]
async fn the_handler_learns_who_calls_in_which_request() {
    let request = request(&[("authorization", "Bearer good"), ("x-request-id", "17")]);
    let gate = gate(&CallLimits::default());
    let answered = gate.pass(request, |request| async move {
        let caller = request.extensions().get::<Caller>().expect("a caller");
        assert_eq!(*caller.user(), fixtures::user("ann"));
        assert_eq!(caller.request_id().as_str(), "17");
        Ok(answer())
    });
    assert_eq!(status_of(answered.await).await.code(), Code::Ok);
}

#[tokio::test]
async fn nobody_gets_further_and_all_of_them_hear_the_same() {
    let gate = gate(&CallLimits::default());
    let mut messages = Vec::new();
    for headers in [
        &[][..],
        &[("authorization", "Bearer bad")],
        &[("authorization", "Basic Z29vZA==")],
        &[("authorization", "Bearer good"), ("cookie", "access_token=bad")],
    ] {
        let mut request = request(headers);
        *request.body_mut() = Body::new(Stuck);
        let refused = gate.pass(request, |_| async { unreachable!("nobody came this far") }).await;
        let status = status_of(refused).await;
        assert_eq!(status.code(), Code::Unauthenticated);
        messages.push(status.message().to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1);
}

#[tokio::test]
async fn who_cannot_be_asked_is_unavailable_not_unauthenticated() {
    let request = request(&[("authorization", "Bearer down")]);
    let refused = gate(&CallLimits::default()).pass(request, |_| async { unreachable!() }).await;
    let status = status_of(refused).await;
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    assert!(!status.message().contains("route"));
}

#[tokio::test]
async fn a_call_holds_its_place_until_its_body_ends() {
    let gate = gate(&CallLimits { max_concurrent_calls: 1, ..CallLimits::default() });
    let good = || request(&[("authorization", "Bearer good")]);
    let first = gate.pass(good(), |_| async { Ok(Response::new(Body::new(Stuck))) }).await;
    let status = status_of(gate.pass(good(), |_| async { unreachable!() }).await).await;
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_details_retry_info().is_some());
    drop(first);
    let third = gate.pass(good(), |_| async { Ok(answer()) }).await;
    assert_eq!(status_of(third).await.code(), Code::Ok);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_said_and_nothing_is_begun() {
    let gate = gate(&CallLimits::default());
    let late = request(&[("authorization", "Bearer good"), ("grpc-timeout", "0n")]);
    let refused = gate.pass(late, |_| async { unreachable!("begun too late") }).await;
    assert_eq!(status_of(refused).await.code(), Code::DeadlineExceeded);

    let short = request(&[("authorization", "Bearer good"), ("grpc-timeout", "1m")]);
    let refused = gate.pass(short, |_| std::future::pending()).await;
    assert_eq!(status_of(refused).await.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn who_is_nobody_hears_so_even_after_the_deadline() {
    let gate = gate(&CallLimits::default());
    for authorization in ["Bearer bad", "Bearer slow", "Basic Z29vZA=="] {
        let late = request(&[("authorization", authorization), ("grpc-timeout", "0n")]);
        let refused = gate.pass(late, |_| async { unreachable!() }).await;
        assert_eq!(status_of(refused).await.code(), Code::Unauthenticated, "{authorization}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_deadline_and_says_so() {
    let gate = gate(&CallLimits { max_concurrent_calls: 1, ..CallLimits::default() });
    let short = request(&[("authorization", "Bearer good"), ("grpc-timeout", "20m")]);
    let stream = gate.pass(short, |_| async { Ok(Response::new(Body::new(Stuck))) }).await;
    let trailers = trailers(stream).await;
    let status = Status::from_header_map(&trailers).expect("a status");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert!(trailers.contains_key("x-request-id"));
}

#[tokio::test]
async fn what_could_not_be_decoded_is_the_caller_s_fault_and_what_we_did_is_ours() {
    let gate = gate(&CallLimits::default());
    let ours = || Status::from(Refusal::NoGate);
    for (answered, expected) in [
        (Status::internal("failed to decode Protobuf message"), Code::InvalidArgument),
        (Status::out_of_range("too large"), Code::ResourceExhausted),
        (Status::unimplemented("gzip"), Code::Unimplemented),
        (Status::unimplemented(""), Code::Unimplemented),
        (ours(), Code::Internal),
    ] {
        let request = request(&[("authorization", "Bearer good")]);
        let response = gate.pass(request, |_| async { Ok(answered.into_http()) }).await;
        assert_eq!(status_of(response).await.code(), expected);
    }
}

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Kept;

    fn make_writer(&'a self) -> Kept {
        self.clone()
    }
}

/// Hears what this thread says, until both are dropped.
///
/// With one subscriber in the process, whichever thread first comes by a place that logs decides for all of them whether
/// anybody listens there. With a second one tracing asks all subscribers, so that tests beside this one cannot silence it.
fn listen(subscriber: impl Into<Dispatch>) -> (Dispatch, DefaultGuard) {
    let second = Dispatch::new(tracing_subscriber::registry());
    (second, tracing::dispatcher::set_default(&subscriber.into()))
}

#[tokio::test]
async fn every_call_leaves_one_line_and_no_token_in_the_log() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt().with_writer(kept.clone()).with_ansi(false).finish();
    let _log = listen(subscriber);
    let gate = gate(&CallLimits::default());
    for token in ["Bearer good", "Bearer verysecret"] {
        let request = request(&[("authorization", token), ("x-request-id", "17")]);
        status_of(gate.pass(request, |_| async { Ok(answer()) }).await).await;
    }
    let abandoned = request(&[("authorization", "Bearer good"), ("x-request-id", "17")]);
    drop(gate.pass(abandoned, |_| async { Ok(Response::new(Body::new(Stuck))) }).await);

    let log = String::from_utf8(kept.0.lock().expect("not poisoned").clone()).expect("text");
    let answered: Vec<&str> = log.lines().filter(|line| line.contains("answered")).collect();
    assert_eq!(answered.len(), 3, "{log}");
    for line in &answered {
        assert!(line.contains("GetGroup") && line.contains("request_id=17"), "{line}");
    }
    assert!(answered[0].contains("\"OK\"") && answered[0].contains("org-acmeco/user/ann"), "{log}");
    assert!(answered[1].contains("\"UNAUTHENTICATED\""), "{log}");
    assert!(answered[2].contains("\"CANCELLED\""), "{log}");
    assert!(log.contains("not the one"));
    assert!(!log.contains("verysecret") && !log.contains("good"));
}

/// The real thing, and tokens that hold SECRET in each of their parts and are wrong in many ways.
fn authority_and_bad_tokens() -> (TokenAuthority, Vec<String>) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let pkcs8 = key.serialize_der();
    let settings = TokenSettings { issuer: "https://test".into(), audience: "ovgs".into() };
    let store = Arc::new(ovgs_store::MemoryStore::new());
    let authority = TokenAuthority::new(&pkcs8, key.public_key_raw(), settings, store);

    let encoded = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let token = |header: &str, claims: &str| {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let key = EncodingKey::from_ec_der(&pkcs8);
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::ES256);
        format!("{signed}.{}", signature.expect("a signature"))
    };
    const HEADER: &str = r#"{"alg":"ES256","typ":"at+jwt"}"#;
    const CLAIMS: &str = r#"{"iss":"https://test","aud":"ovgs","sub":"SECRET","user_type":"SECRET","org_id":"SECRET","jti":"SECRET","iat":0,"exp":9999999999}"#;
    let other = |of: &str, from: &str, to: &str| of.replace(from, to);
    let mut tokens = vec![
        token(r#"{"alg":"SECRET","typ":"at+jwt"}"#, CLAIMS),
        token(r#"{"SECRET":"ES256"}"#, CLAIMS),
        token(r#"{"alg":"ES256","typ":"SECRET"}"#, CLAIMS),
        token(r#"{"alg":"ES256","typ":"at+jwt","crit":["SECRET"]}"#, CLAIMS),
        token("SECRET", CLAIMS),
        token(HEADER, "SECRET"),
        token(HEADER, CLAIMS),
    ];
    for (from, to) in [
        ("https://test", "https://SECRET"),
        (r#""ovgs""#, r#""SECRET""#),
        ("9999999999", r#""SECRET""#),
        (r#""sub""#, r#""SECRET""#),
        (r#""user_type":"SECRET""#, r#""user_type":"user""#),
        (r#""iat":0"#, r#""iat":"SECRET""#),
    ] {
        tokens.push(token(HEADER, &other(CLAIMS, from, to)));
    }
    tokens.extend(["SECRET.SECRET.SECRET", "SECRET", "SECRET!.\u{7f}", "SECRET SECRET"].map(str::to_owned));
    tokens.push("SECRET".repeat(5000));
    (authority, tokens)
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_no_part_of_it_is_in_the_log() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(kept.clone()).with_ansi(false).finish();
    let _log = listen(subscriber);
    let (authority, tokens) = authority_and_bad_tokens();
    let clock = Arc::new(Fixed::at(fixtures::now()));
    let gate = Gate::new(vec![Arc::new(authority)], &CallLimits::default(), clock, Arc::new(System));
    for (header, scheme) in [("authorization", "Bearer "), ("authorization", ""), ("cookie", "access_token=")]
    {
        for token in &tokens {
            let Ok(value) = HeaderValue::from_str(&format!("{scheme}{token}")) else { continue };
            let mut request = request(&[]);
            request.headers_mut().insert(header, value);
            let refused = gate.pass(request, |_| async { unreachable!("{token} is no good") }).await;
            assert_eq!(status_of(refused).await.code(), Code::Unauthenticated, "{token}");
        }
    }
    let log = String::from_utf8(kept.0.lock().expect("not poisoned").clone()).expect("text");
    assert!(log.contains("unauthenticated"), "{log}");
    for part in tokens.iter().flat_map(|token| token.split(['.', ' '])).chain(["SECRET"]) {
        assert!(!log.contains(part), "{part} is in the log: {log}");
    }
}

#[tokio::test]
async fn a_body_that_is_ended_early_lets_out_what_was_there() {
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    let first = Frame::data(Bytes::from_static(b"first"));
    let frames = futures_util::stream::iter([Ok::<_, Status>(first)]);
    let frames = futures_util::StreamExt::chain(frames, futures_util::stream::pending());
    let body = Body::new(http_body_util::StreamBody::new(frames));
    let until = Until::new(body, async move {
        counted.fetch_add(1, Ordering::Relaxed);
        Refusal::Stopping
    });
    let collected = Body::new(until).collect().await.expect("a body");
    let trailers = collected.trailers().cloned().expect("trailers");
    assert_eq!(collected.to_bytes(), "first");
    assert_eq!(Status::from_header_map(&trailers).expect("a status").code(), Code::Unavailable);
    assert_eq!(polls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn calls_count_by_their_status_and_names_that_somebody_made_up_count_as_one() {
    let metrics = Arc::new(Metrics::default());
    let gate = gate(&CallLimits::default()).with_metrics(metrics.clone());
    let good = request(&[("authorization", "Bearer good")]);
    trailers(gate.pass(good, |_| async { Ok(answer()) }).await).await;
    for guess in
        ["/ovgs.v1.OwnershipVoucherService/Guess1", "/ovgs.v1.OwnershipVoucherService/Guess2", "/x/y"]
    {
        let mut guessed = request(&[]);
        *guessed.uri_mut() = guess.parse().expect("a path");
        trailers(gate.pass(guessed, |_| async { Ok(answer()) }).await).await;
    }
    let text = metrics.text().expect("text");
    let counted: Vec<&str> = text.lines().filter(|line| line.starts_with("ovgs_calls_total{")).collect();
    assert_eq!(counted.len(), 2, "{text}");
    for line in [
        r#"ovgs_calls_total{service="ovgs.v1.OwnershipVoucherService",method="GetGroup",status="OK"} 1"#,
        r#"ovgs_calls_total{service="other",method="other",status="UNAUTHENTICATED"} 3"#,
    ] {
        assert!(counted.contains(&line), "{line} is not in {counted:?}");
    }
}
