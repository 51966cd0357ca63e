//! Keys of issuers: where they come from, how long they count, and who is asked how often.

use std::sync::Arc;

use chrono::TimeDelta;
use ovgs_server::{
    authn::{Authenticator, AuthnError, Bearer, Credentials, KeySource, OidcAuthenticator, VerifiedTokens},
    clock::Clock,
};
use serde_json::json;
use tonic::Code;

use super::{
    provider::{JWKS, Key, METADATA, Provider, attacker_key, rsa_key},
    world::{World, publish, settings, token_of},
};
use crate::support::{Options, now, pki};

#[tokio::test(flavor = "multi_thread")]
async fn au17_an_unknown_key_is_looked_for_once() {
    let world = World::new().await;
    world.taken("before", &world.good()).await;
    publish(&world, &[(rsa_key(), "rsa"), (attacker_key(), "next")]);
    assert_eq!(world.provider.asked_for_keys(), 1);
    world.taken("after", &world.token().header("kid", "next").sign(attacker_key())).await;
    assert_eq!(world.provider.asked_for_keys(), 2);
    world.refused("one that is not there", &world.token().header("kid", "third").sign(rsa_key())).await;
    assert_eq!(world.provider.asked_for_keys(), 2, "not again within a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn au18_a_thousand_unknown_keys_are_one_look() {
    let world = World::new().await;
    world.taken("first", &world.good()).await;
    let before = world.provider.asked_for_keys();
    let tokens = (0..1000).map(|i| world.token().header("kid", format!("k{i}")).sign(attacker_key()));
    let calls = tokens.map(|token| {
        let client = world.client.clone();
        async move {
            let request = crate::support::with_token(super::world::get_group(), &token);
            super::world::is_refused("unknown key", client.clone().get_group(request).await.map(drop));
        }
    });
    for batch in calls.collect::<Vec<_>>().into_iter().fold(vec![vec![]], |mut batches: Vec<Vec<_>>, call| {
        if batches.last().is_none_or(|batch| batch.len() == 50) {
            batches.push(vec![]);
        }
        batches.last_mut().unwrap().push(call);
        batches
    }) {
        futures_util::future::join_all(batch).await;
    }
    assert!(world.provider.asked_for_keys() <= before + 1, "{}", world.provider.asked_for_keys());
    world.taken("last", &world.good()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au19_an_issuer_that_is_down() {
    let world = World::new().await;
    world.taken("while it is up", &world.good()).await;
    world.provider.go_down();
    for hours in [0, 1, 22] {
        world.pass(TimeDelta::hours(hours));
        world.taken("its keys are kept", &world.good()).await;
    }
    let asked = world.provider.asked().len();
    world.taken("again", &world.token().claim("jti", "2").sign(rsa_key())).await;
    assert_eq!(world.provider.asked().len(), asked, "not asked again at each call");
    world.pass(TimeDelta::hours(2));
    let status = world.call(&world.good()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "but not for ever: {status}");

    let fresh = World::new().await;
    fresh.provider.go_down();
    assert_eq!(fresh.call(&fresh.good()).await.unwrap_err().code(), Code::Unavailable, "never seen");
    let none = fresh.token().header("alg", "none").sign(rsa_key());
    fresh.refused("what is no good is no good", &none).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au20_a_key_that_is_gone_takes_its_tokens_along() {
    let world = World::new().await;
    let long = world.token().claim("exp", world.clock.now().timestamp() + 86_400).sign(rsa_key());
    world.taken("before", &long).await;
    publish(&world, &[(attacker_key(), "rsa")]);
    world.pass(TimeDelta::minutes(16));
    world.refused("verified once, by a key that is gone", &long).await;
    let new = world.token().sign(attacker_key());
    world.taken("another key of that name", &new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au20_an_issuer_says_how_long_its_keys_are_fresh() {
    for (said, still) in [("max-age=1200", true), ("max-age=1", false), ("no-store, max-age=0", false)] {
        let world = World::new().await;
        let keys = json!({"keys": [rsa_key().jwk("rsa")]}).to_string();
        world.provider.answer(JWKS, 200, &[("cache-control", said.to_owned())], keys);
        world.taken(said, &world.good()).await;
        publish(&world, &[]);
        world.pass(TimeDelta::minutes(6));
        let good = world.token().claim("jti", said).sign(rsa_key());
        if still {
            world.taken(said, &good).await;
        } else {
            world.refused(said, &good).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au21_keys_for_other_purposes() {
    let world = World::new().await;
    let with = |name: &str, value: serde_json::Value| {
        let mut jwk = rsa_key().jwk(name);
        jwk[name] = value;
        jwk
    };
    let secret = Key::Secret(vec![7; 32]);
    world.provider.publish(&[
        with("use", json!("enc")),
        with("key_ops", json!(["encrypt"])),
        with("alg", json!("RSA-OAEP")),
        secret.jwk("oct"),
        json!({"kty": "new", "kid": "new"}),
        json!("rubbish"),
    ]);
    for kid in ["use", "key_ops", "alg", "new"] {
        world.refused(kid, &world.token().header("kid", kid).sign(rsa_key())).await;
    }
    world.refused("oct", &world.token().header("kid", "oct").header("alg", "HS256").sign(&secret)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au22_two_issuers_with_the_same_key_id() {
    let (a, b) = (Provider::start().await, Provider::start().await);
    b.publish(&[attacker_key().jwk("rsa")]);
    let issuers = vec![settings(&a), settings(&b)];
    let of_b = token_of(&b, now());
    let world = World::of(a, issuers, Options::default()).await;
    world.refused("of A, signed by B", &world.token().sign(attacker_key())).await;
    world.refused("of B, signed by A", &of_b.sign(rsa_key())).await;
    world.taken("of A", &world.good()).await;
    world.taken("of B", &of_b.sign(attacker_key())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_no_key_needs_an_only_one() {
    let world = World::new().await;
    let unnamed = world.token().header("kid", serde_json::Value::Null);
    world.taken("one key", &unnamed.sign(rsa_key())).await;
    publish(&world, &[(rsa_key(), "rsa"), (attacker_key(), "next")]);
    world.pass(TimeDelta::minutes(16));
    world.refused("two keys", &unnamed.claim("jti", "2").sign(rsa_key())).await;
}

/// Asks an authenticator without a server around it.
async fn ask(source: KeySource, provider: &Provider) -> Result<(), AuthnError> {
    let issuer = ovgs_server::authn::IssuerSettings { keys: source, ..settings(provider) };
    let oidc = OidcAuthenticator::new(vec![issuer], &VerifiedTokens::new()).unwrap();
    let bearer = Bearer::new(token_of(provider, now()).sign(rsa_key()));
    let credentials = Credentials { bearer: Some(bearer), ..Credentials::default() };
    oidc.authenticate(&credentials, now()).await.map(|identity| assert!(identity.is_some()))
}

fn cause(result: Result<(), AuthnError>) -> String {
    match result {
        Err(AuthnError::Unavailable(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_discovery_a_url_or_a_file() {
    let provider = Provider::start().await;
    ask(KeySource::Discovery { ca: None, insecure: true }, &provider).await.expect("by discovery");
    assert_eq!(provider.asked(), [METADATA, JWKS]);
    let url = provider.url(JWKS);
    ask(KeySource::Url { url, ca: None, insecure: true }, &provider).await.expect("at a URL");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json!({"keys": [rsa_key().jwk("rsa")]}).to_string()).unwrap();
    ask(KeySource::File(file.path().into()), &provider).await.expect("in a file");
    std::fs::write(file.path(), vec![b' '; 256 * 1024 + 1]).unwrap();
    let said = cause(ask(KeySource::File(file.path().into()), &provider).await);
    assert!(said.ends_with("has more than 262144 bytes"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_issuer_says_is_not_taken_on_trust() {
    let provider = Provider::start().await;
    let other = Provider::start().await;
    let discovery = || KeySource::Discovery { ca: None, insecure: true };
    let metadata = |issuer: &str, jwks: &str| json!({"issuer": issuer, "jwks_uri": jwks}).to_string();
    let keys = provider.url(JWKS);
    for (document, expected) in [
        (metadata("https://evil.example", &keys), "speaks of the issuer `https://evil.example`"),
        (metadata(&format!("{}/", provider.issuer), &keys), "speaks of the issuer"),
        (metadata(&provider.issuer, "http://192.0.2.1/jwks"), "is no `https` URL"),
        (metadata(&provider.issuer, "file:///etc/passwd"), "is no `https` URL"),
        ("[]".into(), "has no metadata of an issuer"),
        (" ".repeat(300 * 1024), "has more than 262144 bytes"),
    ] {
        provider.answer(METADATA, 200, &[], document);
        let said = cause(ask(discovery(), &provider).await);
        assert!(said.contains(expected), "{said}");
    }
    provider.answer(METADATA, 302, &[("location", other.url(METADATA))], "");
    assert!(cause(ask(discovery(), &provider).await).contains("answers 302"));
    assert_eq!(other.asked(), [""; 0], "no way to another host");
    provider.answer(METADATA, 302, &[("location", "/here".into())], "");
    provider.answer("/here", 200, &[], metadata(&provider.issuer, &keys));
    ask(discovery(), &provider).await.expect("on one host it is followed");
    let many = json!({"keys": vec![rsa_key().jwk("rsa"); 101]}).to_string();
    provider.answer(JWKS, 200, &[], many);
    assert!(cause(ask(discovery(), &provider).await).contains("at most 100"));
}

#[test]
fn without_tls_only_this_machine_is_asked_and_only_if_told() {
    let made = |url: &str, insecure| {
        let keys = KeySource::Url { url: url.into(), ca: None, insecure };
        let provider = super::provider::unreachable();
        let issuer = ovgs_server::authn::IssuerSettings { keys, ..settings(&provider) };
        OidcAuthenticator::new(vec![issuer], &VerifiedTokens::new()).map(drop)
    };
    for (url, insecure) in [
        ("http://127.0.0.1/jwks", false),
        ("http://login.example.com/jwks", true),
        ("http://10.0.0.1/jwks", true),
        ("ftp://127.0.0.1/jwks", true),
        ("127.0.0.1", true),
        ("", true),
    ] {
        assert!(made(url, insecure).is_err(), "{url}");
    }
    for url in ["http://127.0.0.1/jwks", "http://[::1]:80/jwks", "http://localhost:8080/jwks"] {
        assert!(made(url, true).is_ok(), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_behind_a_private_authority() {
    let tls = pki::server_tls();
    let provider = Provider::start_tls(&tls).await;
    let discovery = |ca: &str| KeySource::Discovery { ca: Some(ca.as_bytes().to_vec()), insecure: false };
    ask(discovery(&tls.ca), &provider).await.expect("its own authority");
    let said = cause(ask(discovery(&pki::server_tls().ca), &provider).await);
    assert!(said.contains("does not answer"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_kept_fresh_behind_the_calls_backs() {
    let provider = Provider::start().await;
    let oidc = Arc::new(OidcAuthenticator::new(vec![settings(&provider)], &VerifiedTokens::new()).unwrap());
    let fetching = tokio::spawn({
        let oidc = oidc.clone();
        async move { oidc.keep_fresh(Arc::new(ovgs_server::clock::System)).await }
    });
    while provider.asked_for_keys() == 0 {
        tokio::task::yield_now().await;
    }
    fetching.abort();
}
