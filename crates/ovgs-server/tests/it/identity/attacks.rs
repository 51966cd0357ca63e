//! Tokens that must not be taken, and those beside them that must.

use jsonwebtoken::Algorithm;
use ovgs_domain::Facts;
use ovgs_proto::v1 as pb;
use serde_json::json;
use tonic::{Code, Request, metadata::MetadataValue};

use super::{
    provider::{JWKS, Key, METADATA, attacker_key, base64url, rsa_key, sign_texts},
    world::{World, get_group, is_refused, publish},
};
use crate::support::{Options, org, raw, seed, with_token};

#[tokio::test(flavor = "multi_thread")]
async fn au01_no_credentials_before_any_argument_is_looked_at() {
    let world = World::new().await;
    is_refused("none", world.call_with(Request::new(get_group())).await);
    let bad = pb::GetGroupRequest::default();
    is_refused("with a bad argument", world.call_with(Request::new(bad)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn au02_au03_au04_a_good_token_in_its_places() {
    let world = World::new().await;
    let good = world.good();
    world.taken("au02", &good).await;
    let cookie = |token: &str| MetadataValue::try_from(format!("access_token={token}")).unwrap();
    let mut request = Request::new(get_group());
    request.metadata_mut().insert("cookie", cookie(&good));
    world.call_with(request).await.expect("au03");
    let mut request = with_token(get_group(), &good);
    request.metadata_mut().insert("cookie", cookie(&good));
    world.call_with(request).await.expect("the same in both");
    let mut request = with_token(get_group(), &good);
    request.metadata_mut().insert("cookie", cookie(&world.token().claim("jti", "2").sign(rsa_key())));
    is_refused("au04", world.call_with(request).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn au05_no_algorithm() {
    let world = World::new().await;
    for name in ["none", "None", "NONE", "nOnE", ""] {
        let token = world.token().header("alg", name).sign(rsa_key());
        world.refused(name, &token).await;
        let (message, _) = token.rsplit_once('.').unwrap();
        world.refused(name, &format!("{message}.")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au06_a_public_key_as_shared_secret() {
    let world = World::new().await;
    let public = rsa_key().public_octets();
    let pem = pem_of(&public);
    let modulus = rsa_key().jwk("rsa")["n"].as_str().unwrap().as_bytes().to_vec();
    for secret in [public, pem.into_bytes(), modulus, Vec::new()] {
        let token = world.token().header("alg", "HS256");
        world.refused("HS256", &token.sign(&Key::Secret(secret.clone()))).await;
        let unnamed = token.header("kid", serde_json::Value::Null);
        world.refused("HS256 without kid", &unnamed.sign(&Key::Secret(secret))).await;
    }
}

fn pem_of(der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

#[tokio::test(flavor = "multi_thread")]
async fn au07_an_algorithm_that_is_not_the_issuer_s() {
    let world = World::with(|issuer| issuer.algorithms = vec![Algorithm::ES256], Options::default()).await;
    let key = Key::p256();
    publish(&world, &[(rsa_key(), "rsa"), (&key, "ec")]);
    world.refused("PS256", &world.token().header("alg", "PS256").sign(rsa_key())).await;
    world.refused("RS256", &world.good()).await;
    let good = world.token().header("alg", "ES256").header("kid", "ec").sign(&key);
    world.taken("ES256", &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au08_a_key_of_another_kind_than_the_algorithm() {
    let both = vec![Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::PS256];
    let world = World::with(|issuer| issuer.algorithms = both, Options::default()).await;
    let (p256, p384) = (Key::p256(), Key::p384());
    publish(&world, &[(rsa_key(), "rsa"), (&p256, "p256"), (&p384, "p384")]);
    let token = |alg: &str, kid: &str| world.token().header("alg", alg).header("kid", kid);
    world.refused("ES256 with a P-384 key", &token("ES256", "p384").sign(&p384)).await;
    world.refused("ES384 with a P-256 key", &token("ES384", "p256").sign(&p256)).await;
    world.refused("RS256 with an EC key", &token("RS256", "p256").sign(&p256)).await;
    world.refused("ES256 with an RSA key", &token("ES256", "rsa").sign(rsa_key())).await;
    world
        .refused("RS256 signed as PS256", &token("PS256", "rsa").sign(rsa_key()).replacen("x", "y", 1))
        .await;
    world.taken("ES384", &token("ES384", "p384").sign(&p384)).await;
    world.taken("ES256", &token("ES256", "p256").sign(&p256)).await;
    world.taken("PS256", &token("PS256", "rsa").sign(rsa_key())).await;
    // A key may be for one algorithm alone.
    let mut only = rsa_key().jwk("only");
    only["alg"] = json!("RS384");
    world.provider.publish(&[only]);
    world.pass(chrono::TimeDelta::minutes(20));
    world.refused("RS256 with a key for RS384", &token("RS256", "only").sign(rsa_key())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au09_another_issuer() {
    let world = World::new().await;
    let issuer = world.provider.issuer.clone();
    let others = [format!("{issuer}/"), issuer.to_uppercase(), "https://evil.example".into(), String::new()];
    for other in others {
        world.refused(&other, &world.token().claim("iss", other.clone()).sign(rsa_key())).await;
    }
    world.refused("a list", &world.token().claim("iss", json!([issuer])).sign(rsa_key())).await;
    world.refused("none", &world.token().claim("iss", serde_json::Value::Null).sign(rsa_key())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au10_audiences() {
    let world = World::new().await;
    let token = |aud| world.token().claim("aud", aud).sign(rsa_key());
    for bad in [
        json!(null),
        json!("other"),
        json!(["other"]),
        json!([]),
        json!(""),
        json!("OVGS"),
        json!("ovgs "),
        json!(7),
        json!(["ovgs", 7]),
        json!({"ovgs": true}),
    ] {
        world.refused(&bad.to_string(), &token(bad.clone())).await;
    }
    world.taken("a list with ours", &token(json!(["other", "ovgs"]))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au11_an_id_token_is_no_access_token() {
    let world = World::new().await;
    let id_token = world.token().header("typ", "JWT").claim("aud", "console").claim("nonce", "n");
    world.refused("as it is", &id_token.sign(rsa_key())).await;
    world.refused("with our audience", &id_token.claim("aud", "ovgs").sign(rsa_key())).await;
    for typ in
        [json!(null), json!("jwt"), json!("at+jwt2"), json!("logout+jwt"), json!("text/at+jwt"), json!("")]
    {
        world.refused(&typ.to_string(), &world.token().header("typ", typ.clone()).sign(rsa_key())).await;
    }
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        world.taken(typ, &world.token().header("typ", typ).sign(rsa_key())).await;
    }
    let relaxed =
        World::with(|issuer| issuer.token_types = vec!["JWT".into(), String::new()], Options::default());
    let relaxed = relaxed.await;
    for typ in [json!(null), json!("JWT")] {
        relaxed.taken("relaxed", &relaxed.token().header("typ", typ).sign(rsa_key())).await;
    }
    relaxed.refused("other than relaxed", &relaxed.good()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au12_au13_times() {
    let world = World::new().await;
    use ovgs_server::clock::Clock;
    let now = world.clock.now().timestamp();
    let token = |claim: &str, value: serde_json::Value| world.token().claim(claim, value).sign(rsa_key());
    for (claim, bad) in [
        ("exp", json!(null)),
        ("exp", json!(now - 61)),
        ("exp", json!("soon")),
        ("exp", json!(1e30)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 120)),
        ("nbf", json!("soon")),
        ("iat", json!(now + 3600)),
        ("iat", json!({})),
    ] {
        world.refused(&format!("{claim} {bad}"), &token(claim, bad)).await;
    }
    for (claim, good) in [
        ("exp", json!(now - 30)),
        ("exp", json!((now + 10) as f64 + 0.5)),
        ("nbf", json!(now + 30)),
        ("iat", json!(now + 30)),
        ("iat", json!(null)),
    ] {
        world.taken(&format!("{claim} {good}"), &token(claim, good)).await;
    }
    // What was taken once is looked at again each time.
    let token = world.good();
    world.taken("now", &token).await;
    world.pass(chrono::TimeDelta::seconds(661));
    world.refused("later", &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au14_what_was_tampered_with() {
    let world = World::new().await;
    let good = world.good();
    let [header, claims, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let bob = world.token().claim("sub", "bob").claims.to_string();
    let bob = base64url(bob.as_bytes());
    for bad in [
        format!("{header}.{bob}.{signature}"),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.AAAA"),
        format!("{header}.{claims}.{}", &signature[..signature.len() - 4]),
        format!("{header}.{claims}.{}", base64url(&[0; 256])),
        format!("{header}.{claims}={signature}"),
        format!("{header}.{claims}=.{signature}"),
        format!("{header}..{signature}"),
        "..".to_owned(),
    ] {
        world.refused(&bad, &bad).await;
    }
    world.refused("a stranger's key", &world.token().sign(attacker_key())).await;
    // Without its signature it is no JWT, and not even in form a bare one.
    world.refused("no third part", &format!("{header}.{claims}")).await;
    world.taken("as it was", &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au15_keys_that_the_token_brings_along_are_ignored() {
    let world = World::new().await;
    let evil = super::provider::Provider::start().await;
    evil.publish(&[attacker_key().jwk("evil")]);
    let url = evil.url(JWKS);
    for (name, value) in [
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", attacker_key().jwk("evil")),
        ("x5c", json!(["MIIB"])),
    ] {
        let forged = world.token().header(name, value.clone()).sign(attacker_key());
        world.refused(name, &forged).await;
        let named = world.token().header(name, value.clone()).header("kid", "evil").sign(attacker_key());
        world.refused(name, &named).await;
        world.taken(name, &world.token().header(name, value).sign(rsa_key())).await;
    }
    assert_eq!(evil.asked(), [""; 0], "nobody went there");
}

#[tokio::test(flavor = "multi_thread")]
async fn au16_a_key_id_is_only_compared() {
    let world = World::new().await;
    let long = "k".repeat(10 * 1024);
    for kid in ["../../etc/passwd", "' OR 1=1", &world.provider.url("/other"), &long, "", "rsa\0"] {
        world.refused(kid, &world.token().header("kid", kid).sign(rsa_key())).await;
    }
    world.refused("no text", &world.token().header("kid", 7).sign(rsa_key())).await;
    assert!(world.provider.asked().iter().all(|path| [JWKS, METADATA].contains(&path.as_str())));
}

#[tokio::test(flavor = "multi_thread")]
async fn au23_critical_parameters_are_not_understood() {
    let world = World::new().await;
    for crit in [json!(["b64"]), json!(["exp"]), json!([]), json!("x")] {
        let token = world.token().header("crit", crit.clone()).header("b64", false);
        world.refused(&crit.to_string(), &token.sign(rsa_key())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au29_an_organization_beside_the_token_is_ignored() {
    let world = World::new().await;
    let mut request = with_token(get_group(), &world.good());
    for name in ["org", "org-id", "x-org-id", "organization"] {
        request.metadata_mut().insert(name, "org-other".parse().unwrap());
    }
    world.call_with(request).await.expect("ann of org-acmeco, as the token says");
}

#[tokio::test(flavor = "multi_thread")]
async fn au30_who_has_no_role_is_known_but_not_allowed() {
    let world = World::new().await;
    let nobody = world.token().claim("sub", "nobody").sign(rsa_key());
    assert_eq!(world.call(&nobody).await.unwrap_err().code(), Code::PermissionDenied);
}

/// Credentials are looked at when a call begins. Documented, because the other way is as good.
#[tokio::test(flavor = "multi_thread")]
async fn au32_a_token_that_expires_during_a_stream() {
    const PARTS: usize = 3000;
    let world = World::new().await;
    let acmeco = org("org-acmeco");
    for number in 0..PARTS {
        let id = seed::component_id("30065", &format!("S{number:04}"));
        seed::add_component(&world.server.store, &acmeco, &id, None, Facts::default()).await;
    }
    let token = world.good();
    let request = pb::GetComponentsRequest { group_id: "org-acmeco".into() };
    let mut stream =
        world.client.clone().get_components(with_token(request, &token)).await.unwrap().into_inner();
    stream.message().await.unwrap().expect("the first one");
    world.pass(chrono::TimeDelta::hours(1));
    let mut parts = 1;
    while stream.message().await.expect("the stream goes on").is_some() {
        parts += 1;
    }
    assert_eq!(parts, PARTS);
    world.refused("the next call", &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au34_long_tokens_and_members_that_stand_twice() {
    let world = World::new().await;
    let (header, claims) = (world.token().header.to_string(), world.token().claims.to_string());
    let issuer = &world.provider.issuer;
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in [
        format!("\"iss\":\"{issuer}\""),
        "\"iss\":\"https://evil.example\"".to_owned(),
        "\"sub\":\"bob\"".to_owned(),
        "\"org\":\"other\"".to_owned(),
        "\"x\":{\"y\":1,\"y\":2}".to_owned(),
        "\"exp\":1".to_owned(),
    ] {
        let token = sign_texts(&header, &twice(&claims, &member), rsa_key());
        world.refused(&member, &token).await;
    }
    for member in ["\"alg\":\"none\"", "\"kid\":\"rsa\"", "\"typ\":\"JWT\""] {
        world.refused(member, &sign_texts(&twice(&header, member), &claims, rsa_key())).await;
    }
    for (row, claims) in [("no object", "[]"), ("no JSON", "{"), ("nested", &"[".repeat(5000))] {
        world.refused(row, &sign_texts(&header, claims, rsa_key())).await;
    }
    // Beyond 16 KiB nothing is looked at, beyond 32 KiB of headers the transport itself refuses.
    world.refused("17 kB", &world.token().claim("x", "x".repeat(13 * 1024)).sign(rsa_key())).await;
    let large = format!("Bearer {}", world.token().claim("x", "x".repeat(48 * 1024)).sign(rsa_key()));
    let answer = raw::call(&world.server, "GetGroup", &[("authorization", &large)]).await;
    assert_eq!(answer.http, http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    world.taken("10 kB", &world.token().claim("x", "x".repeat(7 * 1024)).sign(rsa_key())).await;
}
