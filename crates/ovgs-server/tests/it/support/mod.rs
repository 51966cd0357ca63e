//! A server over a store in memory, on a free port, and what tests need to talk to it.

pub(crate) mod pki;
pub(crate) mod raw;
pub(crate) mod seed;

use std::{sync::Arc, time::Duration};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use chrono::{DateTime, TimeDelta, Utc};
use ovgs_authz::{Policy, Principals};
use ovgs_domain::{Author, OrgId, User, UserType, Username};
use ovgs_proto::{
    accounts::v1::account_service_client::AccountServiceClient,
    provisioning::v1::provisioning_service_client::ProvisioningServiceClient,
    v1::ownership_voucher_service_client::OwnershipVoucherServiceClient,
};
use ovgs_server::{
    authn::{Authenticator, Chain, IssuedToken, TokenAuthority, TokenRequest, TokenSettings, UserDirectory},
    clock::{Clock, IdSource, System},
    issuers::Issuers,
    provisioning::{self, Desk, Provisioning},
    rpc::{self, CallLimits, Mount, ServerSettings, TlsPem, Transport},
    service::{Service, Settings},
};
use ovgs_store::{Accounts, MemoryStore, Stamp};
use tokio::{net::TcpListener, sync::oneshot};
use tonic::{
    Request,
    metadata::MetadataValue,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

pub(crate) type Client = OwnershipVoucherServiceClient<Channel>;

/// A running server; it stops when this is dropped.
pub(crate) struct Server {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) endpoint: Endpoint,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) ca: String,
    authority: TokenAuthority,
    _stop: oneshot::Sender<()>,
}

/// What of the settings tests change.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) settings: Settings,
    pub(crate) limits: CallLimits,
    /// Whether the server issues no tokens, though it knows them.
    pub(crate) without_tokens: bool,
    /// The authority of client certificates, PEM.
    pub(crate) client_ca: Option<String>,
    /// Who is asked after the server's own tokens, and whom it must know.
    pub(crate) others: Option<Others>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// Makes authenticators and a directory over the store.
pub(crate) type Others =
    Box<dyn FnOnce(Arc<MemoryStore>) -> (Vec<Arc<dyn Authenticator>>, Arc<dyn UserDirectory>) + Send>;

impl Server {
    /// A server with the defaults and `org-vendor` as the one support organization.
    pub(crate) async fn start() -> Server {
        Server::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(mut options: Options) -> Server {
        options.settings.policy = Policy { support_orgs: [org("org-vendor")].into() };
        let store = Arc::new(MemoryStore::new());
        let (authority, verifier) =
            (token_authority(store.clone()), Arc::new(token_authority(store.clone())));
        let issuers = Issuers::from(pki::issuers());
        let principals = Principals::new([erp()]);
        options.settings.principals = principals.clone();
        let vendor = provisioning::Settings {
            policy: options.settings.policy.clone(),
            strict_users: options.settings.strict_users,
            issuers: issuers.clone(),
        };
        let issuing = Some(verifier.clone()).filter(|_| !options.without_tokens);
        let desk = Desk::new(Provisioning::new(store.clone(), vendor), principals, issuing.clone());
        let service = Arc::new(Service::new(store.clone(), issuers, options.settings));
        let mut chain: Vec<Arc<dyn Authenticator>> = vec![verifier];
        if let Some(others) = options.others {
            let (others, directory) = others(store.clone());
            chain.extend(others);
            chain = vec![Arc::new(Chain::new(chain, directory))];
        }
        let clock = options.clock.unwrap_or_else(|| Arc::new(System));
        let mut mount = Mount::new(service, chain)
            .with_limits(options.limits)
            .with_clock(clock, Arc::new(System))
            .with_provisioning(desk);
        if let Some(authority) = issuing {
            mount = mount.with_token_authority(authority);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = pki::server_tls();
        let client_ca = options.client_ca.as_deref().map(str::as_bytes);
        let config = TlsPem { chain: tls.chain.as_bytes(), key: tls.key.as_bytes(), client_ca };
        let transport = Transport::tls(config.server_config().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async {
            let _ = stopped.await;
        };
        tokio::spawn(rpc::serve(listener, transport, mount, ServerSettings::default(), until));
        let client_tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&tls.ca)).domain_name("localhost");
        let endpoint = Endpoint::try_from(format!("https://{address}")).unwrap();
        let endpoint = endpoint.tls_config(client_tls).unwrap().connect_timeout(Duration::from_secs(20));
        Server { store, endpoint, address, ca: tls.ca, authority, _stop: stop }
    }

    /// A client on a connection of its own, without credentials.
    pub(crate) async fn client(&self) -> Client {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        OwnershipVoucherServiceClient::new(self.endpoint.connect().await.unwrap())
            .max_decoding_message_size(64 * 1024 * 1024)
            .max_encoding_message_size(64 * 1024 * 1024)
    }

    /// A client of the vendor's side.
    pub(crate) async fn vendor(&self) -> ProvisioningServiceClient<Channel> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        ProvisioningServiceClient::new(self.endpoint.connect().await.unwrap())
            .max_encoding_message_size(64 * 1024 * 1024)
    }

    /// A client of the account service.
    pub(crate) async fn accounts(&self) -> AccountServiceClient<Channel> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        AccountServiceClient::new(self.endpoint.connect().await.unwrap())
    }

    /// A client on a connection with a client certificate: the certificate and its key, PEM.
    pub(crate) async fn client_with(
        &self,
        certificate: &str,
        key: &str,
    ) -> Result<Client, tonic::transport::Error> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.ca)).domain_name("localhost");
        let tls = tls.identity(Identity::from_pem(certificate, key));
        let endpoint = Endpoint::try_from(format!("https://{}", self.address)).unwrap();
        let channel =
            endpoint.tls_config(tls).unwrap().connect_timeout(Duration::from_secs(20)).connect().await?;
        Ok(OwnershipVoucherServiceClient::new(channel))
    }

    /// A token for a user, who is registered if need be.
    pub(crate) async fn token(&self, user: &User) -> String {
        self.token_for(user, TimeDelta::days(1)).await
    }

    /// As [`Server::token`], but the token's id.
    pub(crate) async fn issue(&self, user: &User) -> String {
        self.issued(user, TimeDelta::days(1)).await.record.jti
    }

    /// A token with a lifetime of one's own.
    pub(crate) async fn token_for(&self, user: &User, ttl: TimeDelta) -> String {
        self.issued(user, ttl).await.token.reveal().to_owned()
    }

    async fn issued(&self, user: &User, ttl: TimeDelta) -> IssuedToken {
        self.store.add_user(user, &stamp()).await.unwrap();
        let request = TokenRequest { user: user.clone(), ttl, bind: None };
        let issued = self.authority.issue(request, System.uuid(), System.now()).unwrap();
        self.store.add_token(&issued.record, &stamp()).await.unwrap();
        issued
    }
}

/// The same key for all, so that a test can make tokens for its server.
fn token_authority(accounts: Arc<MemoryStore>) -> TokenAuthority {
    static KEY: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let pkcs8 = KEY.get_or_init(|| {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        key.unwrap().as_ref().to_vec()
    });
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).unwrap();
    let settings = TokenSettings { issuer: "https://test".into(), audience: "ovgs".into() };
    TokenAuthority::new(pkcs8, key.public_key().as_ref(), settings, accounts)
}

/// A request that carries a token.
pub(crate) fn with_token<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value: MetadataValue<_> = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

pub(crate) fn org(id: &str) -> OrgId {
    OrgId::parse(id).unwrap()
}

/// A person.
pub(crate) fn user(org_id: &str, name: &str) -> User {
    User { org: org(org_id), username: Username::parse(name).unwrap(), user_type: UserType::User }
}

/// A program.
pub(crate) fn service_account(org_id: &str, name: &str) -> User {
    User { user_type: UserType::ServiceAccount, ..user(org_id, name) }
}

/// The one principal of provisioning.
pub(crate) fn erp() -> User {
    service_account("org-vendor", "erp")
}

/// A write of the test's own.
pub(crate) fn stamp() -> Stamp {
    Stamp { author: Author::Cli(Username::parse("test").unwrap()), at: now() }
}

pub(crate) fn now() -> DateTime<Utc> {
    ovgs_domain::floor_to_micros(System.now())
}
