//! Whom tokens name.

use ovgs_domain::{Role, UserType};
use ovgs_proto::v1 as pb;
use ovgs_server::authn::Organizations;
use serde_json::json;
use tonic::Code;

use super::{
    provider::{Token, rsa_key},
    world::{World, service},
};
use crate::support::{Options, org, user, with_token};

/// Who the server takes the caller for: `SERVICE_ACCOUNT` or `USER`, by what each may do.
async fn may_create(world: &World, token: &Token, description: &str) -> Result<(), Code> {
    let request = pb::CreateGroupRequest { parent: "org-acmeco".into(), description: description.into() };
    let request = with_token(request, &token.sign(rsa_key()));
    world.client.clone().create_group(request).await.map(drop).map_err(|status| status.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn au25_a_client_s_own_token_is_a_service_account_s() {
    let world = World::new().await;
    world.grant(&service("erp"), Role::Admin).await;
    let own = world.token().claim("sub", "erp").claim("client_id", "erp");
    assert_eq!(may_create(&world, &own, "by the client itself").await, Ok(()));
    for other in [json!("console"), json!(null), json!(["erp", "x"]), json!(7)] {
        let through = world.token().claim("sub", "erp").claim("client_id", other.clone());
        let answer = may_create(&world, &through, "through a client").await;
        assert_eq!(answer, Err(Code::PermissionDenied), "{other}: a user of that name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au26_a_user_and_a_service_account_of_one_name_are_two() {
    let world = World::new().await;
    world.grant(&user("org-acmeco", "twin"), Role::Admin).await;
    world.grant(&service("twin"), Role::Requestor).await;
    let person = world.token().claim("sub", "twin");
    let machine = person.clone().claim("client_id", "twin");
    for turn in ["first", "from the cache"] {
        assert_eq!(may_create(&world, &person, turn).await, Ok(()));
        assert_eq!(may_create(&world, &machine, turn).await, Err(Code::PermissionDenied), "{turn}");
        world.taken(turn, &machine.sign(rsa_key())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au26_a_claim_says_what_kind_of_account_it_is() {
    let kinds = |issuer: &mut ovgs_server::authn::IssuerSettings| {
        issuer.mapping.type_claim = Some("idtyp".into());
        issuer.mapping.service_account_values = ["app".to_owned()].into();
        issuer.mapping.service_account_name = Some("azp".into());
    };
    let world = World::with(kinds, Options::default()).await;
    world.grant(&service("erp"), Role::Admin).await;
    let token = world.token().claim("sub", "0000").claim("azp", "erp").claim("idtyp", "app");
    assert_eq!(may_create(&world, &token, "an app").await, Ok(()));
    for kind in [json!("user"), json!(null), json!("APP")] {
        let token = token.clone().claim("idtyp", kind.clone());
        assert_eq!(may_create(&world, &token, "none").await, Err(Code::PermissionDenied), "{kind}");
    }
    let person = world.token().claim("idtyp", "user").claim("client_id", "ann");
    assert_eq!(may_create(&world, &person, "what the claim says counts").await, Ok(()));
    assert_eq!(service("erp").user_type, UserType::ServiceAccount);
}

#[tokio::test(flavor = "multi_thread")]
async fn au27_an_organization_that_is_not_the_issuer_s_to_name() {
    let world = World::new().await;
    world.grant(&user("org-other", "ann"), Role::Requestor).await;
    for named in [
        json!("other"),
        json!("org-other"),
        json!("org-acmeco"),
        json!("ACME"),
        json!(["acme", "other"]),
        json!(["other", "acme"]),
        json!({"acme": true}),
        json!(null),
        json!(""),
    ] {
        let token = world.token().claim("org", named.clone()).sign(rsa_key());
        world.refused(&named.to_string(), &token).await;
    }
    world.taken("a list of one", &world.token().claim("org", json!(["acme"])).sign(rsa_key())).await;

    let fixed = |issuer: &mut ovgs_server::authn::IssuerSettings| {
        issuer.mapping.organizations = Organizations::Fixed(org("org-acmeco"));
    };
    let world = World::with(fixed, Options::default()).await;
    world.taken("fixed, whatever it says", &world.token().claim("org", "other").sign(rsa_key())).await;

    let unknown = |issuer: &mut ovgs_server::authn::IssuerSettings| {
        issuer.mapping.organizations = Organizations::Fixed(org("org-nowhere"));
    };
    let world = World::with(unknown, Options::default()).await;
    world.refused("an organization that is not there", &world.good()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au28_an_address_that_nobody_verified() {
    let by_email = |issuer: &mut ovgs_server::authn::IssuerSettings| issuer.mapping.username = "email".into();
    let world = World::with(by_email, Options::default()).await;
    world.grant(&user("org-acmeco", "ann@acme.example"), Role::Admin).await;
    let token = world.token().claim("email", "ann@acme.example");
    for verified in [json!(false), json!(null), json!("false"), json!(1), json!("TRUE")] {
        let token = token.clone().claim("email_verified", verified.clone()).sign(rsa_key());
        world.refused(&verified.to_string(), &token).await;
    }
    for verified in [json!(true), json!("true")] {
        world.taken("verified", &token.clone().claim("email_verified", verified).sign(rsa_key())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usernames_keep_the_rules_of_usernames() {
    let world = World::new().await;
    for bad in [json!(""), json!("a\nb"), json!("x".repeat(257)), json!(7), json!(null), json!(["a", "b"])] {
        world.refused(&bad.to_string(), &world.token().claim("sub", bad.clone()).sign(rsa_key())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_may_be_within_claims_and_some_must_be_there() {
    let nested = |issuer: &mut ovgs_server::authn::IssuerSettings| {
        issuer.mapping.username = "/person/names/0".into();
        issuer.mapping.required = [("tid".to_owned(), "t1".to_owned())].into();
        issuer.max_lifetime = Some(chrono::TimeDelta::minutes(10));
    };
    let world = World::with(nested, Options::default()).await;
    let token = world.token().claim("person", json!({"names": ["ann"]})).claim("tid", "t1");
    world.taken("as it must be", &token.sign(rsa_key())).await;
    let exp = token.claims["exp"].as_i64().unwrap();
    for (row, token) in [
        ("no tenant", token.clone().claim("tid", json!(null))),
        ("another tenant", token.clone().claim("tid", "t2")),
        ("no such claim", token.clone().claim("person", json!({"names": []}))),
        ("too long", token.clone().claim("exp", exp + 1)),
        ("since when?", token.claim("iat", json!(null))),
    ] {
        world.refused(row, &token.sign(rsa_key())).await;
    }
}
