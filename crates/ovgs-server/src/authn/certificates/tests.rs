use chrono::{TimeDelta, TimeZone};
use ovgs_domain::{OrgId, User, UserType, Username};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType, date_time_ymd,
};

use super::*;
use crate::authn::{Bearer, Rejection};

/// A certificate for clients with this common name and these alternative names, valid in 2025.
fn certificate(common_name: &str, alternatives: &[SanType], purposes: &[ExtendedKeyUsagePurpose]) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2026, 1, 1);
    params.subject_alt_names = alternatives.to_vec();
    params.extended_key_usages = purposes.to_vec();
    let key = KeyPair::generate().expect("a key");
    params.self_signed(&key).expect("a certificate").der().to_vec()
}

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().expect("ASCII"))
}

fn dns(text: &str) -> SanType {
    SanType::DnsName(text.try_into().expect("ASCII"))
}

fn midyear() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 7, 1, 0, 0, 0).single().expect("a time")
}

async fn ask(names: &CertificateNames, der: Vec<u8>, now: DateTime<Utc>) -> Result<String, Rejection> {
    let authenticator = ClientCertificateAuthenticator::new(names.clone());
    let credentials = Credentials { client_certificate: Some(der), ..Credentials::default() };
    match authenticator.authenticate(&credentials, now).await {
        Ok(Some(identity)) => Ok(identity.user.to_string()),
        Err(AuthnError::Unauthenticated { rejection, .. }) => Err(rejection),
        other => panic!("{other:?}"),
    }
}

const CLIENT: [ExtendedKeyUsagePurpose; 1] = [ExtendedKeyUsagePurpose::ClientAuth];

#[tokio::test]
async fn the_one_uri_names_its_user() {
    let names = CertificateNames::by_uri();
    for (text, expected) in [
        ("ovgs://org-acmeco/user/ann", Some("org-acmeco/user/ann")),
        ("ovgs://org-acmeco/service-account/erp", Some("org-acmeco/service-account/erp")),
        ("ovgs://org-acme%20co/user/ann%2Fbob%40example.com", Some("org-acme co/user/ann/bob@example.com")),
        ("ovgs://org-acmeco/user/J%C3%B6rg", Some("org-acmeco/user/Jörg")),
        ("ovgs://org-acmeco/user/", None),
        ("ovgs://org-acmeco/user/ann/", None),
        ("ovgs://org-acmeco/user", None),
        ("ovgs://acmeco/user/ann", None),
        ("ovgs://org-acmeco/admin/ann", None),
        ("ovgs://org-acmeco/user/ann?x=y", None),
        ("ovgs://org-acmeco/user/ann#x", None),
        ("ovgs://org-acmeco:443/user/ann", None),
        ("ovgs://x@org-acmeco/user/ann", None),
        ("ovgs://org-acmeco/user/a%zz", None),
        ("ovgs://org-acmeco/user/a%2", None),
        ("ovgs://org-acmeco/user/%ff", None),
        ("ovgs://org-acmeco/user/%00", None),
        ("OVGS://org-acmeco/user/ann", None),
        ("https://org-acmeco/user/ann", None),
    ] {
        let found = ask(&names, certificate("ann", &[uri(text)], &CLIENT), midyear()).await;
        match expected {
            Some(expected) => assert_eq!(found.as_deref(), Ok(expected), "{text}"),
            None => assert_eq!(found, Err(Rejection::Certificate), "{text}"),
        }
    }
    let two = [uri("ovgs://org-acmeco/user/ann"), uri("ovgs://org-acmeco/user/bob")];
    assert_eq!(ask(&names, certificate("ann", &two, &CLIENT), midyear()).await, Err(Rejection::Certificate));
    let beside = [uri("ovgs://org-acmeco/user/ann"), dns("erp.example.com")];
    ask(&names, certificate("x", &beside, &CLIENT), midyear()).await.expect("DNS names do not matter here");
}

#[tokio::test]
async fn au33_names_are_equal_or_not() {
    let user = |name: &str| User {
        org: OrgId::parse("org-acmeco").expect("an id"),
        user_type: UserType::ServiceAccount,
        username: Username::parse(name).expect("a name"),
    };
    let names = CertificateNames::default()
        .with(CertificateName::Uri("spiffe://example.com/erp".into()), user("by-uri"))
        .and_then(|names| names.with(CertificateName::Dns("ERP.example.com".into()), user("by-dns")))
        .and_then(|names| {
            names.with(CertificateName::Subject("CN=erp,O=Acme\\, Inc.".into()), user("by-subject"))
        })
        .expect("names");
    let shown = |name| Ok(format!("org-acmeco/service-account/{name}"));
    for (common_name, alternatives, expected) in [
        ("x", vec![uri("spiffe://example.com/erp")], shown("by-uri")),
        ("x", vec![dns("erp.example.com"), dns("other.example.com")], shown("by-dns")),
        ("erp", vec![], shown("by-subject")),
        ("x", vec![uri("spiffe://example.com/erp/")], Err(Rejection::Certificate)),
        ("x", vec![dns("sub.erp.example.com")], Err(Rejection::Certificate)),
        ("erp.example.com", vec![], Err(Rejection::Certificate)),
        ("erp2", vec![], Err(Rejection::Certificate)),
        ("x", vec![uri("spiffe://example.com/erp"), dns("erp.example.com")], Err(Rejection::Certificate)),
        ("x", vec![uri("ovgs://org-acmeco/user/ann")], Err(Rejection::Certificate)),
    ] {
        let found = ask(&names, certificate(common_name, &alternatives, &CLIENT), midyear()).await;
        assert_eq!(found, expected, "{common_name} {alternatives:?}");
    }
}

#[tokio::test]
async fn au33_a_certificate_that_names_two_users_in_two_ways_names_nobody() {
    let bob = User {
        org: OrgId::parse("org-acmeco").expect("an id"),
        user_type: UserType::User,
        username: Username::parse("bob").expect("a name"),
    };
    let names = CertificateNames::by_uri().with(CertificateName::Dns("bob.example.com".into()), bob);
    let names = names.expect("a name");
    let bobs = || dns("bob.example.com");
    for (alternatives, expected) in [
        (vec![bobs()], Ok("org-acmeco/user/bob".to_owned())),
        (vec![bobs(), uri("ovgs://org-acmeco/user/bob")], Ok("org-acmeco/user/bob".to_owned())),
        (vec![bobs(), uri("spiffe://example.com/bob")], Ok("org-acmeco/user/bob".to_owned())),
        (vec![bobs(), uri("ovgs://org-acmeco/user/ann")], Err(Rejection::Certificate)),
        (vec![bobs(), uri("ovgs://org-acmeco/user/")], Err(Rejection::Certificate)),
    ] {
        let found = ask(&names, certificate("x", &alternatives, &CLIENT), midyear()).await;
        assert_eq!(found, expected, "{alternatives:?}");
    }
}

#[tokio::test]
async fn au33_dates_and_purpose_are_asked_at_each_call() {
    let names = CertificateNames::by_uri();
    let ann = [uri("ovgs://org-acmeco/user/ann")];
    let der = certificate("ann", &ann, &CLIENT);
    let half_a_year = TimeDelta::days(190);
    assert_eq!(ask(&names, der.clone(), midyear() - half_a_year).await, Err(Rejection::Early));
    assert_eq!(ask(&names, der, midyear() + half_a_year).await, Err(Rejection::Expired));
    for purposes in [&[][..], &[ExtendedKeyUsagePurpose::ServerAuth], &[ExtendedKeyUsagePurpose::Any]] {
        let found = ask(&names, certificate("ann", &ann, purposes), midyear()).await;
        assert_eq!(found, Err(Rejection::Certificate), "{purposes:?}");
    }
    assert_eq!(ask(&names, b"rubbish".to_vec(), midyear()).await, Err(Rejection::Certificate));
}

#[tokio::test]
async fn beside_a_token_a_certificate_names_nobody() {
    let authenticator = ClientCertificateAuthenticator::new(CertificateNames::by_uri());
    let der = certificate("ann", &[uri("ovgs://org-acmeco/user/ann")], &CLIENT);
    let credentials = Credentials {
        client_certificate: Some(der),
        bearer: Some(Bearer::new("a.b.c")),
        ..Credentials::default()
    };
    assert_eq!(authenticator.authenticate(&credentials, midyear()).await.expect("no error"), None);
    let nothing = Credentials::default();
    assert_eq!(authenticator.authenticate(&nothing, midyear()).await.expect("no error"), None);
}

#[test]
fn a_name_stands_for_one_user() {
    let user = User {
        org: OrgId::parse("org-acmeco").expect("an id"),
        user_type: UserType::User,
        username: Username::parse("ann").expect("a name"),
    };
    for bad in ["", "erp", "CN"] {
        let refused = CertificateNames::default().with(CertificateName::Subject(bad.into()), user.clone());
        assert!(matches!(refused, Err(BadCertificateName::Subject(_))), "{bad:?}");
    }
    let once = CertificateNames::default().with(CertificateName::Dns("a.example".into()), user.clone());
    let twice = once.expect("a name").with(CertificateName::Dns("A.example".into()), user);
    assert!(matches!(twice, Err(BadCertificateName::Twice(_))));
}
