//! Keys on another machine, which signs over mutually authenticated TLS. Here the other machine is a task.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ovgs_server::rpc::{
    self, ServerSettings, TlsPem,
    signer::{AllowedClients, RemoteSigner, SignerAccess, SignerMount, SigningKey, SigningKeys},
};
use ovgs_voucher::FileSigner;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair, SanType};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    issuer,
    signers::{self, Certified, Kept},
};

const CLIENT: &str = "spiffe://acme.example/gallery";
const TIMEOUT: Duration = Duration::from_secs(10);

/// A signer for each kind of key. The other machine is there until we end.
pub(crate) async fn all() -> anyhow::Result<Vec<Kept>> {
    let authority = Authority::new()?;
    let keys = signers::keys()?;
    let endpoint = format!("https://{}", serve(&authority, &keys).await?);
    let (certificate, key) = authority.certify(SanType::URI(CLIENT.try_into()?))?;
    let mut kept = Vec::new();
    for certified in keys {
        let access = SignerAccess {
            endpoint: &endpoint,
            server_name: Some("localhost"),
            ca: authority.pem().as_bytes(),
            certificate: certificate.as_bytes(),
            key: key.as_bytes(),
            timeout: TIMEOUT,
        };
        let signer = RemoteSigner::new(access, certified.kind, certified.chain.signer())?;
        kept.push(certified.kept_by("remote", signer));
    }
    Ok(kept)
}

async fn serve(authority: &Authority, keys: &[Certified]) -> anyhow::Result<SocketAddr> {
    let held = |certified: &Certified| -> anyhow::Result<SigningKey> {
        let signer = FileSigner::from_bytes(certified.key.serialize_pem().as_bytes())?;
        Ok(SigningKey::new(certified.kind, Arc::new(signer), certified.chain.signer()))
    };
    let keys = SigningKeys::new(keys.iter().map(held).collect::<anyhow::Result<Vec<_>>>()?)?;
    let mount = SignerMount::new(keys, AllowedClients::new([CLIENT])?);
    let (chain, key) = authority.certify(SanType::DnsName("localhost".try_into()?))?;
    let (chain, key, ca) = (chain.as_bytes(), key.as_bytes(), Some(authority.pem().as_bytes()));
    let (keep, tls) = watch::channel(TlsPem { chain, key, client_ca: ca }.mutual_server_config()?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let _keep = keep;
        let served =
            rpc::serve_signer(listener, tls, mount, ServerSettings::default(), std::future::pending()).await;
        if let Err(error) = served {
            eprintln!("the signer on another machine ended: {error}");
        }
    });
    Ok(address)
}

/// Who makes certificates for both ends.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> anyhow::Result<Self> {
        let issuer = CertifiedIssuer::self_signed(issuer::authority("Machines CA"), KeyPair::generate()?)?;
        Ok(Self { pem: issuer.pem(), issuer })
    }

    fn pem(&self) -> &str {
        &self.pem
    }

    /// Certificate and key in PEM.
    fn certify(&self, name: SanType) -> anyhow::Result<(String, String)> {
        let mut params = CertificateParams::default();
        params.subject_alt_names.push(name);
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }
}
