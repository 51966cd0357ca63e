//! A signer on another machine: the two halves against each other, and against what comes between them.

mod contract;
mod outage;
mod process;
mod rules;
mod starting;
mod vouchers;

use std::{net::SocketAddr, sync::Arc, sync::OnceLock, time::Duration};

use ovgs_server::rpc::{
    self, ServeError, ServerSettings, TlsPem,
    signer::{
        AllowedClients, RemoteSigner, RemoteSignerError, SignerAccess, SignerMount, SigningKey, SigningKeys,
    },
};
use ovgs_voucher::{Certificate, FileSigner, SigningChain};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SanType, date_time_ymd,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// The URI of the client that is let in.
pub(crate) const CLIENT: &str = "spiffe://acme.example/ovgs";

/// The name of the key.
pub(crate) const KEY: &str = "acme-2026";

/// Kinds of voucher keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    P256,
    P384,
    Rsa,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::P256, Kind::P384, Kind::Rsa];

    fn key(self) -> KeyPair {
        match self {
            Kind::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            Kind::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            // One for all, because making one takes long.
            Kind::Rsa => {
                static PEM: OnceLock<String> = OnceLock::new();
                let make = || KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_pem();
                KeyPair::from_pem(PEM.get_or_init(make)).unwrap()
            }
        }
    }
}

/// A voucher key, and its chain.
pub(crate) struct VoucherKey {
    pub(crate) pem: String,
    /// The signing certificate, then the root.
    pub(crate) chain_pem: String,
    pub(crate) root_pem: String,
}

impl VoucherKey {
    pub(crate) fn new(kind: Kind) -> VoucherKey {
        let root = CertifiedIssuer::self_signed(ca("Voucher Root"), kind.key()).unwrap();
        let mut leaf = named("Voucher Signer");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.is_ca = IsCa::ExplicitNoCa;
        let key = kind.key();
        let leaf = leaf.signed_by(&key, &root).unwrap();
        VoucherKey { pem: key.serialize_pem(), chain_pem: leaf.pem() + &root.pem(), root_pem: root.pem() }
    }

    pub(crate) fn chain(&self) -> SigningChain {
        SigningChain::from_pem(self.chain_pem.as_bytes()).unwrap()
    }

    fn certificate(&self) -> Certificate {
        self.chain().signer().clone()
    }

    /// The key in this process, under a name.
    fn under(&self, name: &str) -> SigningKey {
        let signer = FileSigner::from_bytes(self.pem.as_bytes()).unwrap();
        SigningKey::new(name, Arc::new(signer), &self.certificate())
    }
}

/// A certificate for TLS, and its key.
#[derive(Clone)]
pub(crate) struct TlsIdentity {
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// Who makes certificates for both ends.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Authority {
        Authority(CertifiedIssuer::self_signed(ca("Machines CA"), Kind::P256.key()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn server(&self) -> TlsIdentity {
        self.identity(
            ["localhost".to_owned(), "127.0.0.1".to_owned()],
            ExtendedKeyUsagePurpose::ServerAuth,
            &[],
        )
    }

    /// A client whose certificate has these URIs.
    pub(crate) fn client(&self, uris: &[&str]) -> TlsIdentity {
        self.identity([], ExtendedKeyUsagePurpose::ClientAuth, uris)
    }

    fn client_with_dns(&self, name: &str) -> TlsIdentity {
        self.identity([name.to_owned()], ExtendedKeyUsagePurpose::ClientAuth, &[])
    }

    fn identity<const N: usize>(
        &self,
        names: [String; N],
        purpose: ExtendedKeyUsagePurpose,
        uris: &[&str],
    ) -> TlsIdentity {
        let mut params = CertificateParams::new(names).unwrap();
        params.subject_alt_names.extend(uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())));
        params.extended_key_usages = vec![purpose];
        let key = Kind::P256.key();
        let chain = params.signed_by(&key, &self.0).unwrap().pem();
        TlsIdentity { chain, key: key.serialize_pem() }
    }
}

/// A signer that runs in this process.
struct Machine {
    authority: Authority,
    tls: TlsIdentity,
    address: SocketAddr,
    serving: JoinHandle<Result<(), ServeError>>,
}

impl Machine {
    /// Signs vouchers with this key.
    async fn with(key: SigningKey) -> Machine {
        Machine::serving(mount(key)).await
    }

    async fn serving(mount: SignerMount) -> Machine {
        let authority = Authority::new();
        let tls = authority.server();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = serve(listener, &tls, &authority, mount);
        Machine { authority, tls, address, serving }
    }

    /// How the client that is let in gets to the key.
    fn remote(&self, key: &VoucherKey) -> RemoteSigner {
        self.remote_as(&self.authority.client(&[CLIENT]), KEY, key).unwrap()
    }

    fn remote_as(
        &self,
        client: &TlsIdentity,
        name: &str,
        key: &VoucherKey,
    ) -> Result<RemoteSigner, RemoteSignerError> {
        let ca = self.authority.pem();
        let endpoint = format!("https://{}", self.address);
        let access = SignerAccess {
            endpoint: &endpoint,
            server_name: Some("localhost"),
            ca: ca.as_bytes(),
            certificate: client.chain.as_bytes(),
            key: client.key.as_bytes(),
            timeout: Duration::from_secs(5),
        };
        RemoteSigner::new(access, name, &key.certificate())
    }

    /// Ends everything at once, connections included.
    async fn kill(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// Serves again, at the same address.
    async fn revive(&mut self, mount: SignerMount) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serving = serve(listener, &self.tls, &self.authority, mount);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What signs vouchers with a key for the client that is let in.
fn mount(key: SigningKey) -> SignerMount {
    SignerMount::new(SigningKeys::new([key]).unwrap(), AllowedClients::new([CLIENT]).unwrap())
}

fn serve(
    listener: TcpListener,
    tls: &TlsIdentity,
    authority: &Authority,
    mount: SignerMount,
) -> JoinHandle<Result<(), ServeError>> {
    let ca = authority.pem();
    let pem = TlsPem { chain: tls.chain.as_bytes(), key: tls.key.as_bytes(), client_ca: Some(ca.as_bytes()) };
    let (_, tls) = watch::channel(pem.mutual_server_config().unwrap());
    tokio::spawn(rpc::serve_signer(listener, tls, mount, ServerSettings::default(), std::future::pending()))
}

fn ca(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2050, 1, 1);
    params
}
