//! A server that believes a provider.

use std::sync::Arc;

use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use ovgs_domain::{Role, User, UserType};
use ovgs_proto::v1 as pb;
use ovgs_server::{
    authn::{
        Authenticator, CertificateNames, ClaimMapping, ClientCertificateAuthenticator, IssuerSettings,
        KeySource, OidcAuthenticator, Organizations, StoreDirectory, VerifiedTokens,
    },
    clock::{Clock, Fixed},
};
use serde_json::json;
use tonic::{Code, Request, Status};

use super::provider::{Key, Provider, Token, rsa_key};
use crate::support::{Client, Options, Server, now, org, seed, user, with_token};

/// `org-acmeco` with group-a below its root, and `org-other`. `ann`, a USER of org-acmeco, is ADMIN on the root.
pub(super) struct World {
    pub(super) server: Server,
    pub(super) client: Client,
    pub(super) provider: Provider,
    pub(super) clock: Arc<Fixed>,
}

impl World {
    pub(super) async fn new() -> World {
        World::with(|_| {}, Options::default()).await
    }

    /// With other settings of the issuer.
    pub(super) async fn with(change: impl FnOnce(&mut IssuerSettings), options: Options) -> World {
        let provider = Provider::start().await;
        let mut settings = settings(&provider);
        change(&mut settings);
        World::of(provider, vec![settings], options).await
    }

    pub(super) async fn of(provider: Provider, issuers: Vec<IssuerSettings>, mut options: Options) -> World {
        let clock = Arc::new(Fixed::at(now()));
        options.clock = Some(clock.clone());
        if options.others.is_none() {
            options.others = Some(Box::new(|store| {
                let oidc = OidcAuthenticator::new(issuers, &VerifiedTokens::new()).unwrap();
                let certificates = ClientCertificateAuthenticator::new(CertificateNames::by_uri());
                let chain: Vec<Arc<dyn Authenticator>> = vec![Arc::new(oidc), Arc::new(certificates)];
                (chain, Arc::new(StoreDirectory::open(store)))
            }));
        }
        let server = Server::start_with(options).await;
        for id in ["org-acmeco", "org-other"] {
            seed::create_org(&server.store, id).await;
        }
        let world = World { client: server.client().await, server, provider, clock };
        world.grant(&user("org-acmeco", "ann"), Role::Admin).await;
        world
    }

    /// Gives a user a role on the root of org-acmeco.
    pub(super) async fn grant(&self, user: &User, role: Role) {
        let acmeco = org("org-acmeco");
        seed::grant(&self.server.store, &acmeco, &acmeco.root(), user, role).await;
    }

    /// A good token of `ann`.
    pub(super) fn token(&self) -> Token {
        token_of(&self.provider, self.clock.now())
    }

    pub(super) fn good(&self) -> String {
        self.token().sign(rsa_key())
    }

    /// A call that anybody with a role may make.
    pub(super) async fn call(&self, token: &str) -> Result<(), Status> {
        self.call_with(with_token(get_group(), token)).await
    }

    pub(super) async fn call_with(&self, request: Request<pb::GetGroupRequest>) -> Result<(), Status> {
        self.client.clone().get_group(request).await.map(drop)
    }

    pub(super) async fn taken(&self, row: &str, token: &str) {
        self.call(token).await.unwrap_or_else(|status| panic!("{row}: {status}"));
    }

    /// The call must fail, with what everybody hears whose credentials are no good.
    pub(super) async fn refused(&self, row: &str, token: &str) {
        is_refused(row, self.call(token).await);
        // Whoever was refused once is refused again, whatever is in a cache by now.
        is_refused(row, self.call(token).await);
    }

    pub(super) fn pass(&self, span: TimeDelta) {
        self.clock.advance(span);
    }
}

pub(super) fn is_refused(row: &str, answer: Result<(), Status>) {
    let status = answer.expect_err(row);
    assert_eq!(status.code(), Code::Unauthenticated, "{row}: {status}");
    assert_eq!(status.message(), "no valid credential; send `authorization: Bearer TOKEN`", "{row}");
    assert!(status.details().is_empty(), "{row}: nothing is learned");
}

pub(super) fn get_group() -> pb::GetGroupRequest {
    pb::GetGroupRequest { group_id: "org-acmeco".into() }
}

pub(super) fn service(name: &str) -> User {
    User { user_type: UserType::ServiceAccount, ..user("org-acmeco", name) }
}

/// What is told of a provider: its keys by discovery, one organization by a claim.
pub(super) fn settings(provider: &Provider) -> IssuerSettings {
    IssuerSettings {
        issuer: provider.issuer.clone(),
        audiences: ["ovgs".to_owned()].into(),
        algorithms: vec![Algorithm::RS256],
        keys: KeySource::Discovery { ca: None, insecure: true },
        token_types: vec!["at+jwt".into()],
        leeway: TimeDelta::seconds(60),
        max_lifetime: None,
        keys_max_age: TimeDelta::hours(24),
        mapping: ClaimMapping {
            username: "sub".into(),
            service_account_name: None,
            client_id: "client_id".into(),
            type_claim: None,
            service_account_values: ["service-account".to_owned()].into(),
            organizations: Organizations::Claimed {
                claim: "org".into(),
                allowed: [("acme".to_owned(), org("org-acmeco"))].into(),
            },
            required: [].into(),
        },
    }
}

pub(super) fn token_of(provider: &Provider, now: chrono::DateTime<chrono::Utc>) -> Token {
    let now = now.timestamp();
    Token {
        header: json!({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}),
        claims: json!({
            "iss": provider.issuer, "aud": "ovgs", "sub": "ann", "client_id": "console", "org": "acme",
            "iat": now, "exp": now + 600, "jti": "1",
        }),
    }
}

/// The issuer's algorithms and keys.
pub(super) fn publish(world: &World, keys: &[(&Key, &str)]) {
    let keys: Vec<_> = keys.iter().map(|(key, kid)| key.jwk(kid)).collect();
    world.provider.publish(&keys);
}
