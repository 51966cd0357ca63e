//! Client certificates, alone and beside tokens.

use ovgs_domain::Role;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use serde_json::json;
use tonic::Request;

use super::{
    provider::{base64url, rsa_key},
    world::{World, get_group, is_refused, service},
};
use crate::support::{Client, Options, with_token};

/// An authority of client certificates.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    pem: String,
}

/// A certificate of a client.
struct Made {
    pem: String,
    der: Vec<u8>,
    key: String,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Client CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { params, key, pem }
    }

    fn certify(
        &self,
        common_name: &str,
        uri: Option<&str>,
        purpose: Option<ExtendedKeyUsagePurpose>,
    ) -> Made {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.subject_alt_names = uri.map(|uri| SanType::URI(uri.try_into().unwrap())).into_iter().collect();
        params.extended_key_usages = purpose.into_iter().collect();
        let certificate = params.signed_by(&key, &Issuer::from_params(&self.params, &self.key)).unwrap();
        Made { pem: certificate.pem(), der: certificate.der().to_vec(), key: key.serialize_pem() }
    }
}

const ERP: &str = "ovgs://org-acmeco/service-account/erp";
const CLIENT: Option<ExtendedKeyUsagePurpose> = Some(ExtendedKeyUsagePurpose::ClientAuth);

async fn world(authority: &Authority) -> World {
    let options = Options { client_ca: Some(authority.pem.clone()), ..Options::default() };
    let world = World::with(|_| {}, options).await;
    world.grant(&service("erp"), Role::Requestor).await;
    world
}

async fn client(world: &World, made: &Made) -> Client {
    world.server.client_with(&made.pem, &made.key).await.expect("a connection")
}

async fn call(
    client: &Client,
    request: Request<ovgs_proto::v1::GetGroupRequest>,
) -> Result<(), tonic::Status> {
    client.clone().get_group(request).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn au33_a_certificate_alone() {
    let authority = Authority::new();
    let world = world(&authority).await;
    let erp = client(&world, &authority.certify("x", Some(ERP), CLIENT)).await;
    call(&erp, Request::new(get_group())).await.expect("by its URI");
    for (row, made) in [
        ("its common name alone", authority.certify(ERP, None, CLIENT)),
        ("no purpose", authority.certify("x", Some(ERP), None)),
        ("an unknown organization", authority.certify("x", Some("ovgs://org-nowhere/user/ann"), CLIENT)),
    ] {
        is_refused(row, call(&client(&world, &made).await, Request::new(get_group())).await);
    }
    // With TLS 1.3 a client hears of a failed handshake with its first call.
    let server = authority.certify("x", Some(ERP), Some(ExtendedKeyUsagePurpose::ServerAuth));
    let stranger = Authority::new().certify("x", Some(ERP), CLIENT);
    for (row, made) in [("for servers", server), ("of another authority", stranger)] {
        if let Ok(client) = world.server.client_with(&made.pem, &made.key).await {
            let status = call(&client, Request::new(get_group())).await.expect_err(row);
            assert_ne!(status.code(), tonic::Code::Unauthenticated, "{row}: nothing came through: {status}");
        }
    }
    world.taken("without a certificate, with a token", &world.good()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn au33_an_old_connection_does_not_outlive_its_certificate() {
    let authority = Authority::new();
    let world = world(&authority).await;
    let erp = client(&world, &authority.certify("x", Some(ERP), CLIENT)).await;
    call(&erp, Request::new(get_group())).await.expect("in time");
    // What rcgen makes ends in the year 4096.
    world.pass(chrono::TimeDelta::days(365 * 2100));
    is_refused("long after", call(&erp, Request::new(get_group())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn au24_a_token_that_is_bound_to_a_certificate() {
    let authority = Authority::new();
    let world = world(&authority).await;
    let (bound, other) = (authority.certify("x", None, CLIENT), authority.certify("y", Some(ERP), CLIENT));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bound.der);
    let confirmation = json!({"x5t#S256": base64url(digest.as_ref())});
    let token = world.token().claim("cnf", confirmation.clone()).sign(rsa_key());
    for turn in ["first", "from the cache"] {
        call(&client(&world, &bound).await, with_token(get_group(), &token)).await.expect(turn);
        is_refused("another one", call(&client(&world, &other).await, with_token(get_group(), &token)).await);
        world.refused("none", &token).await;
    }
    let free = client(&world, &other).await;
    call(&free, with_token(get_group(), &world.good())).await.expect("one that is not bound");
    is_refused("a bad token beside a good certificate", call(&free, with_token(get_group(), "a.b.c")).await);
    let mut with_more = confirmation;
    with_more["jkt"] = json!("x");
    for other in [json!({"jkt": "x"}), with_more, json!({}), json!("x"), json!({"x5t#S256": 7})] {
        let token = world.token().claim("cnf", other.clone()).sign(rsa_key());
        let answer = call(&client(&world, &bound).await, with_token(get_group(), &token)).await;
        is_refused(&other.to_string(), answer);
    }
}
