//! Connections, from outside: TLS and its reload, client certificates, health, reflection, and the way to stop.

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ovgs_proto::v1 as pb;
use ovgs_server::{
    authn::{Authenticator, AuthnError, Credentials, Identity},
    rpc::{self, Mount, ServeError, ServerSettings, TlsPem, Transport},
    service::{Service, Settings},
};
use ovgs_store::MemoryStore;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer as Signer, KeyPair};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
};
use tonic::{
    Code, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity as ClientIdentity},
};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};

use crate::support::{Client, pki, user};

const SERVICE: &str = "ovgs.v1.OwnershipVoucherService";

/// Lets everybody in, tells of every arrival, and keeps whoever brings the token `wait` waiting.
#[derive(Debug)]
struct Doorman {
    arrivals: mpsc::UnboundedSender<Credentials>,
    go_on: Arc<Notify>,
}

#[async_trait]
impl Authenticator for Doorman {
    async fn authenticate(
        &self,
        credentials: &Credentials,
        _: DateTime<Utc>,
    ) -> Result<Option<Identity>, AuthnError> {
        let _ = self.arrivals.send(credentials.clone());
        if credentials.bearer.as_ref().is_some_and(|token| token.reveal() == "wait") {
            self.go_on.notified().await;
        }
        Ok(Some(Identity { user: user("org-acmeco", "ann") }))
    }
}

/// A server over an empty store, and what the tests move it with.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) arrivals: mpsc::UnboundedReceiver<Credentials>,
    go_on: Arc<Notify>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), ServeError>>,
}

fn mount() -> (Mount, mpsc::UnboundedReceiver<Credentials>, Arc<Notify>) {
    let (arrivals, arrived) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let doorman = Doorman { arrivals, go_on: go_on.clone() };
    let service = Service::new(Arc::new(MemoryStore::new()), Arc::new(pki::issuers()), Settings::default());
    (Mount::new(Arc::new(service), vec![Arc::new(doorman)]), arrived, go_on)
}

pub(crate) async fn run(transport: Transport, settings: ServerSettings) -> Running {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (mount, arrivals, go_on) = mount();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(rpc::serve(listener, transport, mount, settings, async {
        let _ = stopped.await;
    }));
    Running { address, arrivals, go_on, stop: Some(stop), serving }
}

pub(crate) fn tls(server: &pki::ServerTls, client_ca: Option<&str>) -> Arc<rustls::ServerConfig> {
    let (chain, key) = (server.chain.as_bytes(), server.key.as_bytes());
    TlsPem { chain, key, client_ca: client_ca.map(str::as_bytes) }.server_config().unwrap()
}

impl Running {
    pub(crate) fn endpoint(&self, ca: &str, identity: Option<ClientIdentity>) -> Endpoint {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)).domain_name("localhost");
        let tls = identity.into_iter().fold(tls, ClientTlsConfig::identity);
        Endpoint::try_from(format!("https://{}", self.address)).unwrap().tls_config(tls).unwrap()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// A call that gets as far as the service: its answer is that there is no such group.
pub(crate) async fn ask(channel: Channel, token: &str) -> Status {
    let request = crate::support::with_token(pb::GetGroupRequest { group_id: "group-1".into() }, token);
    Client::new(channel).get_group(request).await.unwrap_err()
}

/// A CA, and the certificate and key of a client of it.
fn client_ca() -> (String, ClientIdentity, Vec<u8>) {
    let mut ca = CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut client = CertificateParams::new(["client.example".to_owned()]).unwrap();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = client.signed_by(&key, &Signer::from_params(&ca, &ca_key)).unwrap();
    let identity = ClientIdentity::from_pem(certificate.pem(), key.serialize_pem());
    (ca.self_signed(&ca_key).unwrap().pem(), identity, certificate.der().to_vec())
}

const ACCOUNTS: &str = "ovgs.accounts.v1.AccountService";

#[tokio::test(flavor = "multi_thread")]
async fn health_and_reflection_need_no_credentials() {
    let pki = pki::server_tls();
    let server = run(Transport::tls(tls(&pki, None)), ServerSettings::default()).await;
    let channel = server.endpoint(&pki.ca, None).connect().await.unwrap();
    let mut health = HealthClient::new(channel.clone());
    for service in ["", SERVICE, ACCOUNTS] {
        let answer = health.check(HealthCheckRequest { service: service.into() }).await.unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving.into(), "{service:?}");
    }
    for listed in [reflected_v1(channel.clone()).await, reflected_v1alpha(channel).await] {
        for offered in [SERVICE, ACCOUNTS] {
            assert!(listed.iter().any(|service| service == offered), "{listed:?}");
        }
        assert!(listed.iter().all(|service| !service.contains("provisioning")), "not offered: {listed:?}");
        assert!(listed.iter().all(|service| !service.contains("signer")), "served elsewhere: {listed:?}");
    }
}

macro_rules! reflected {
    ($name:ident, $version:ident) => {
        async fn $name(channel: Channel) -> Vec<String> {
            use tonic_reflection::pb::$version::{
                ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
            };
            let list = Some(MessageRequest::ListServices(String::new()));
            let request = ServerReflectionRequest { host: String::new(), message_request: list };
            let mut client = ServerReflectionClient::new(channel);
            let answer = client.server_reflection_info(tokio_stream::once(request)).await.unwrap();
            let answer = answer.into_inner().message().await.unwrap().unwrap();
            let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
                panic!("no list: {answer:?}");
            };
            list.service.into_iter().map(|service| service.name).collect()
        }
    };
}
reflected!(reflected_v1, v1);
reflected!(reflected_v1alpha, v1alpha);

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_heard_by_watchers_and_ends_the_server() {
    let pki = pki::server_tls();
    let mut server = run(Transport::tls(tls(&pki, None)), ServerSettings::default()).await;
    let channel = server.endpoint(&pki.ca, None).connect().await.unwrap();
    let request = HealthCheckRequest { service: SERVICE.into() };
    let mut watch = HealthClient::new(channel).watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving.into());
    server.stop();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing.into());
    assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable);
    // An idle connection does not hold the server, and nobody gets in any more.
    let endpoint = server.endpoint(&pki.ca, None);
    server.serving.await.unwrap().unwrap();
    assert!(endpoint.connect().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_in_progress_is_answered_after_the_stop() {
    let pki = pki::server_tls();
    let mut server = run(Transport::tls(tls(&pki, None)), ServerSettings::default()).await;
    let channel = server.endpoint(&pki.ca, None).connect().await.unwrap();
    let call = tokio::spawn(async move { ask(channel, "wait").await });
    server.arrivals.recv().await.unwrap();
    server.stop();
    server.go_on.notify_one();
    assert_eq!(call.await.unwrap().code(), Code::NotFound);
    server.serving.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_never_ends_is_cut_off() {
    let pki = pki::server_tls();
    let settings = ServerSettings { drain: Duration::from_millis(1), ..ServerSettings::default() };
    let mut server = run(Transport::tls(tls(&pki, None)), settings).await;
    let channel = server.endpoint(&pki.ca, None).connect().await.unwrap();
    let call = tokio::spawn(async move { ask(channel, "wait").await });
    server.arrivals.recv().await.unwrap();
    server.stop();
    server.serving.await.unwrap().unwrap();
    assert_ne!(call.await.unwrap().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tls_configuration_is_for_new_connections() {
    let (old, new) = (pki::server_tls(), pki::server_tls());
    let (sender, receiver) = watch::channel(tls(&old, None));
    let server = run(Transport::Tls(receiver), ServerSettings::default()).await;
    let channel = server.endpoint(&old.ca, None).connect().await.unwrap();
    assert_eq!(ask(channel.clone(), "t").await.code(), Code::NotFound);

    sender.send(tls(&new, None)).unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound, "the old connection goes on");
    let channel = server.endpoint(&new.ca, None).connect().await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound);
    assert!(server.endpoint(&old.ca, None).connect().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_reaches_the_authenticators() {
    let (pki, (ca, identity, der)) = (pki::server_tls(), client_ca());
    let mut server = run(Transport::tls(tls(&pki, Some(&ca))), ServerSettings::default()).await;
    let channel = server.endpoint(&pki.ca, Some(identity)).connect().await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound);
    let credentials = server.arrivals.recv().await.unwrap();
    assert_eq!(credentials.client_certificate, Some(der));
    assert!(credentials.peer.is_some_and(|peer| peer.ip().is_loopback()));

    let channel = server.endpoint(&pki.ca, None).connect().await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound, "none is needed");
    assert_eq!(server.arrivals.recv().await.unwrap().client_certificate, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_of_an_unknown_ca_ends_the_handshake() {
    let (pki, (ca, ..), (_, foreign, _)) = (pki::server_tls(), client_ca(), client_ca());
    let mut server = run(Transport::tls(tls(&pki, Some(&ca))), ServerSettings::default()).await;
    // With TLS 1.3 the client learns of it only when it next reads.
    if let Ok(channel) = server.endpoint(&pki.ca, Some(foreign)).connect().await {
        assert_ne!(ask(channel, "t").await.code(), Code::Unauthenticated);
    }
    assert!(server.arrivals.try_recv().is_err(), "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tls_when_told_so() {
    let mut server = run(Transport::Plaintext, ServerSettings::default()).await;
    let channel =
        Channel::from_shared(format!("http://{}", server.address)).unwrap().connect().await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound);
    assert!(server.arrivals.recv().await.unwrap().peer.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn mounted_in_a_router_of_another_s() {
    let (mount, mut arrivals, _) = mount();
    let incoming = tonic::transport::server::TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = incoming.local_addr().unwrap();
    let router = tonic::transport::Server::builder().add_routes(mount.into_routes());
    let serving = tokio::spawn(router.serve_with_incoming_shutdown(incoming, pending::<()>()));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    assert_eq!(ask(channel, "t").await.code(), Code::NotFound);
    assert!(arrivals.recv().await.unwrap().peer.is_some());
    serving.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_error_brings_the_request_id_too() {
    let server = run(Transport::Plaintext, ServerSettings::default()).await;
    let channel =
        Channel::from_shared(format!("http://{}", server.address)).unwrap().connect().await.unwrap();
    let myself = pb::GetUserRoleRequest {
        username: "ann".into(),
        user_type: pb::AccountType::User.into(),
        org_id: "org-acmeco".into(),
    };
    let mut request = crate::support::with_token(myself, "t");
    request.metadata_mut().insert("x-request-id", "order-17".parse().unwrap());
    let answer = Client::new(channel).get_user_role(request).await.unwrap();
    // The client puts headers and trailers together.
    assert_eq!(answer.metadata().get("x-request-id").unwrap(), "order-17");
}
