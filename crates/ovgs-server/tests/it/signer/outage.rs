//! A running server whose signer is a process of its own: killed, stopped and back again under load, and what its
//! configuration may say.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use expect_test::expect;
use ovgs_proto::v1 as pb;
use ovgs_voucher::{TrustAnchors, VerifyOptions, verify};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use super::{Authority, CLIENT, KEY, Kind, VoucherKey};
use crate::{
    cli::{
        serve::Running,
        site::{Ran, Site, binary, finish},
    },
    errors::{component, in_seconds},
    support::{Client, now, pki, with_token},
};

/// No call may take longer.
const LONGEST: Duration = Duration::from_secs(10);

/// How many parts there are, all of which make one batch.
const PARTS: usize = 500;

/// A machine with a voucher key: its folder, configuration and process.
struct SignerProcess {
    folder: tempfile::TempDir,
    key: VoucherKey,
    authority: Authority,
}

impl SignerProcess {
    fn new() -> SignerProcess {
        let signer = SignerProcess {
            folder: tempfile::TempDir::new().unwrap(),
            key: VoucherKey::new(Kind::P256),
            authority: Authority::new(),
        };
        let tls = signer.authority.server();
        signer.write_private("voucher.key", &signer.key.pem);
        signer.write("voucher.pem", &signer.key.chain_pem);
        signer.write_private("signer.key", &tls.key);
        signer.write("signer.pem", &tls.chain);
        signer.write("client-ca.pem", &signer.authority.pem());
        signer.configure("127.0.0.1:0");
        signer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn write_private(&self, name: &str, text: &str) {
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }

    fn configure(&self, listen: &str) {
        self.write(
            "signer.toml",
            &format!(
                r#"
[server]
listen = "{listen}"
tls_certificate = "signer.pem"
tls_key = "signer.key"
client_ca = "client-ca.pem"
clients = ["{CLIENT}"]
[[keys]]
name = "{KEY}"
key = "voucher.key"
certificates = "voucher.pem"
"#
            ),
        );
    }

    /// Starts it, and keeps the address that it finds for the next time.
    fn start(&self) -> (Running, String) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let running = Running::start_logging(&mut binary(self.folder.path(), &["signer", "serve"]), log);
        let address = running.said[0].strip_prefix("ready: https://").unwrap().to_owned();
        self.configure(&address);
        (running, address)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut binary(self.folder.path(), arguments), b"")
    }

    /// Why it does not start.
    fn refused(&self) -> String {
        let ran = self.run(&["signer", "serve"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        ran.stderr
    }
}

/// A site whose issuer `main` signs at `address`.
fn site(signer: &SignerProcess, address: &str) -> Site {
    let site = Site::new();
    let client = signer.authority.client(&[CLIENT]);
    site.write("signer-ca.pem", signer.authority.pem());
    site.write("client.pem", client.chain);
    site.write_private("client.key", &client.key);
    site.write("main.pem", &signer.key.chain_pem);
    site.configure("key = \"main.key\"\n", "");
    site.configure(
        "certificates = \"main.pem\"\n",
        &format!(
            r#"certificates = "main.pem"
[issuers.remote]
endpoint = "https://{address}"
ca = "signer-ca.pem"
certificate = "client.pem"
key = "client.key"
key_name = "{KEY}"
timeout = "2s"
"#
        ),
    );
    site
}

/// Organization, parts and a token of its administrator.
fn provision(site: &Site) -> String {
    site.done(&["db", "migrate"]);
    site.done(&["org", "create", "org-acmeco"]);
    let rows: String = (0..PARTS).map(|n| format!("30065,P{n}\n")).collect();
    site.write("parts.csv", format!("ien,serial_number\n{rows}"));
    site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
    let ann = ["--org", "org-acmeco", "--type", "user", "ann"];
    site.done(&[&["user", "add"][..], &ann].concat());
    let ann_as_admin = ["--org", "org-acmeco", "--type", "user", "--user", "ann", "--role", "admin"];
    site.done(&[&["role", "grant", "--group", "org-acmeco"][..], &ann_as_admin].concat());
    site.done(&[&["token", "issue"][..], &ann].concat()).trim_end().to_owned()
}

/// What callers were told, and how often vouchers came.
#[derive(Default)]
struct Told {
    vouchers: AtomicUsize,
    unavailable: AtomicUsize,
    others: Mutex<Vec<String>>,
}

impl Told {
    fn note(&self, answer: Result<Result<(), Status>, tokio::time::error::Elapsed>) {
        match answer {
            Ok(Ok(())) => drop(self.vouchers.fetch_add(1, Ordering::SeqCst)),
            Ok(Err(status)) if status.code() == Code::Unavailable => {
                self.unavailable.fetch_add(1, Ordering::SeqCst);
            }
            Ok(Err(status)) => self.others.lock().unwrap().push(format!("{status:?}")),
            Err(_) => self.others.lock().unwrap().push("a call hung".to_owned()),
        }
    }

    /// Waits until one of the numbers has grown by so many.
    async fn more(&self, number: &AtomicUsize, by: usize) {
        let enough = number.load(Ordering::SeqCst) + by;
        while number.load(Ordering::SeqCst) < enough {
            let others = self.others.lock().unwrap().clone();
            assert_eq!(others, [""; 0], "something else than vouchers and UNAVAILABLE");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Calls for vouchers, one and many at once, until it is over.
struct Load {
    told: Arc<Told>,
    over: CancellationToken,
    callers: JoinSet<()>,
}

impl Load {
    fn begin(client: &Client, token: &str, cert_id: &str) -> Load {
        let (told, over) = (Arc::new(Told::default()), CancellationToken::new());
        let mut callers = JoinSet::new();
        for number in 0..8 {
            let (client, token, cert) = (client.clone(), token.to_owned(), cert_id.to_owned());
            let (told, over) = (told.clone(), over.clone());
            callers.spawn(async move {
                while !over.is_cancelled() {
                    let answer = async {
                        match number {
                            0 => batch(&client, &token, &cert).await.map(drop),
                            _ => one(&client, &token, &cert, number).await,
                        }
                    };
                    told.note(timeout(LONGEST, answer).await);
                }
            });
        }
        Load { told, over, callers }
    }

    async fn end(mut self) {
        self.over.cancel();
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        assert_eq!(self.told.others.lock().unwrap().clone(), [""; 0]);
    }
}

async fn one(client: &Client, token: &str, cert: &str, number: usize) -> Result<(), Status> {
    let message = pb::GetOwnershipVoucherRequest {
        component: component("30065", &format!("P{number}")),
        cert_id: cert.to_owned(),
        lifetime: in_seconds(3600),
    };
    client.clone().get_ownership_voucher(with_token(message, token)).await.map(drop)
}

async fn batch(client: &Client, token: &str, cert: &str) -> Result<Vec<Vec<u8>>, Status> {
    let message = pb::GetOwnershipVouchersRequest {
        component: (0..PARTS).filter_map(|n| component("30065", &format!("P{n}"))).collect(),
        cert_id: cert.to_owned(),
        lifetime: in_seconds(3600),
    };
    let answer = client.clone().get_ownership_vouchers(with_token(message, token)).await?;
    Ok(answer.into_inner().ownership_vouchers.into_iter().map(|voucher| voucher.voucher_cms).collect())
}

async fn connect(site: &Site, server: &Running) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = Certificate::from_pem(std::fs::read(site.path("server.pem")).unwrap());
    let endpoint = server.said[0].strip_prefix("ready: ").unwrap().to_owned();
    let tls = ClientTlsConfig::new().ca_certificate(ca).domain_name("localhost");
    let channel = Endpoint::try_from(endpoint).unwrap().tls_config(tls).unwrap().connect().await.unwrap();
    Client::new(channel)
}

async fn create_cert(client: &Client, token: &str) -> String {
    let message = pb::CreateDomainCertRequest {
        group_id: "org-acmeco".into(),
        certificate_der: pki::domain_cert(),
        revocation_checks: false,
        expiry_time: in_seconds(7200),
    };
    client.clone().create_domain_cert(with_token(message, token)).await.unwrap().into_inner().cert_id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_goes_and_comes_back_under_load_is_unavailable_in_between() {
    let machine = SignerProcess::new();
    let (mut signer, address) = machine.start();
    let site = site(&machine, &address);
    let token = provision(&site);
    let server = Running::start(&mut site.command(&["serve"]));
    let client = connect(&site, &server).await;
    let cert = create_cert(&client, &token).await;
    let load = Load::begin(&client, &token, &cert);
    let told = load.told.clone();
    let there_again = async || timeout(Duration::from_secs(60), told.more(&told.vouchers, 50)).await.unwrap();
    let away = async || timeout(Duration::from_secs(60), told.more(&told.unavailable, 30)).await.unwrap();
    there_again().await;
    for _ in 0..2 {
        assert_eq!(signer.stop("KILL"), None);
        away().await;
        (signer, _) = machine.start();
        there_again().await;

        signer.signal("STOP");
        away().await;
        signer.signal("CONT");
        there_again().await;
    }
    load.end().await;

    // All that a batch can hold, each voucher for its own part.
    let vouchers = batch(&client, &token, &cert).await.unwrap();
    let anchors = TrustAnchors::from_pem(machine.key.root_pem.as_bytes()).unwrap();
    let serials: BTreeSet<String> = vouchers
        .iter()
        .map(|der| {
            verify(der, &anchors, &VerifyOptions::at(now())).unwrap().voucher.serial_number().to_owned()
        })
        .collect();
    assert_eq!(serials.len(), PARTS);
    assert_eq!(signer.stop("TERM"), Some(0));
    // What the server's journal says was signed, the signer's log says too.
    let log = std::fs::read_to_string(machine.path("log")).unwrap();
    let listed = site.done(&["voucher", "list", "--json", "--component", "30065", "P7"]);
    for line in listed.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let digest = record["content_sha256"].as_str().unwrap();
        assert!(log.contains(&format!("digest=\"{digest}\"")), "{digest} is not in the signer's log");
    }
    assert_ne!(listed, "");
    let signed =
        log.lines().filter(|line| line.contains("signed") && line.contains(CLIENT) && line.contains(KEY));
    assert!(signed.count() >= PARTS);
    assert!(!log.contains("PRIVATE"));
}

#[test]
fn a_server_does_not_start_without_its_signer_and_says_why() {
    let machine = SignerProcess::new();
    let (signer, address) = machine.start();
    let site = site(&machine, &address);
    let refused = |site: &Site| site.refused(&["serve"]).replace(&address, "ADDRESS");
    site.configure(KEY, "acme-2027");
    expect![[r#"
        error: ovgs.toml:17: the voucher signer failed: `https://ADDRESS` (key `acme-2027`) did not sign (NotFound): there is no key `acme-2027`
    "#]]
    .assert_eq(&refused(&site));
    site.configure("acme-2027", KEY);
    let other = machine.authority.client(&["spiffe://acme.example/other"]);
    site.write("client.pem", other.chain);
    expect![[r#"
        error: ovgs.toml:20: `client.key`: the private key does not fit the certificate
    "#]]
    .assert_eq(&refused(&site));
    site.write_private("client.key", &other.key);
    expect![[r#"
        error: ovgs.toml:17: the voucher signer failed: `https://ADDRESS` (key `acme-2026`) did not sign (PermissionDenied): the client certificate names nobody who may use this signer
    "#]]
    .assert_eq(&refused(&site));
    drop(signer);
    expect![[r#"
        error: ovgs.toml:17: the voucher signer is out of reach: `https://ADDRESS` (key `acme-2026`) cannot be reached: Connection refused (os error 111)
    "#]]
    .assert_eq(&refused(&site));
    site.configure("timeout = \"2s\"", "timeout = \"11s\"");
    site.configure("https://", "http://");
    expect![[r#"
        error: ovgs.toml:17: `issuers.remote.endpoint` must be `https://`, host and port alone, not `http://ADDRESS`
        error: ovgs.toml:22: `issuers.remote.timeout` is more than 10 s, which no caller waits; write at most `10s`
    "#]]
    .assert_eq(&refused(&site));
}

#[test]
fn a_certificate_that_was_renewed_is_picked_up_when_it_is_told() {
    let machine = SignerProcess::new();
    let (signer, address) = machine.start();
    let site = site(&machine, &address);
    assert_eq!(site.run(&["config", "check"]).code, 0);
    // Now both ends have certificates of another authority.
    let renewed = Authority::new();
    let (tls, client) = (renewed.server(), renewed.client(&[CLIENT]));
    machine.write_private("signer.key", &tls.key);
    machine.write("signer.pem", &tls.chain);
    machine.write("client-ca.pem", &renewed.pem());
    site.write("signer-ca.pem", renewed.pem());
    site.write("client.pem", client.chain);
    site.write_private("client.key", &client.key);
    assert_eq!(site.run(&["config", "check"]).code, 1);
    signer.signal("HUP");
    while site.run(&["config", "check"]).code != 0 {}
    // What cannot be used changes nothing.
    machine.write("signer.pem", "");
    signer.signal("HUP");
    while !std::fs::read_to_string(machine.path("log")).unwrap().contains("stays as it was") {}
    assert_eq!(site.run(&["config", "check"]).code, 0);
    assert_eq!(signer.stop("TERM"), Some(0));
}

#[test]
fn what_is_wrong_with_a_signer_is_said_before_anything_is_served() {
    let machine = SignerProcess::new();
    let example = machine.run(&["signer", "example"]);
    machine.write("signer.toml", "[server]\nlisten = \"here\"\nclient = []\n[[key]]\n[issuers]\n");
    let mut said = machine.refused();
    machine.write("signer.toml", "[server]\nclients = []\n[log]\nlevel = \"loud\"\n[[keys]]\n[keys.remote]\nendpoint = \"https://a:1\"\n");
    said += &machine.refused();
    machine.write("signer.toml", "");
    said += &machine.refused();
    machine.configure("127.0.0.1:0");
    machine.write_private("voucher.key", &VoucherKey::new(Kind::P384).pem);
    said += &machine.refused();
    machine.write("client-ca.pem", "");
    said += &machine.refused();
    std::fs::remove_file(machine.path("signer.pem")).unwrap();
    expect![[r#"
        error: signer.toml: there is no key to sign with; add a `[[keys]]`
        error: signer.toml:1: `server.tls_certificate` is missing; name the PEM file of the signer's certificate
        error: signer.toml:1: `server.tls_key` is missing; name the PEM file of the certificate's key
        error: signer.toml:1: `server.client_ca` is missing; name the PEM file of the authority that made the certificates of clients
        error: signer.toml:1: `server.clients` is missing; list the names in the certificates of those who may ask
        error: signer.toml:2: `server.listen` must be an address and a port such as `127.0.0.1:9443`, not `here`
        error: signer.toml:3: `server.client` is not a known key; the nearest one is `server.clients`
        error: signer.toml:4: `key` stands in no section; it belongs to the section `keys`
        error: signer.toml:5: `issuers` is not a known section; the nearest one is `server`
        error: signer.toml:1: `server.tls_certificate` is missing; name the PEM file of the signer's certificate
        error: signer.toml:1: `server.tls_key` is missing; name the PEM file of the certificate's key
        error: signer.toml:1: `server.client_ca` is missing; name the PEM file of the authority that made the certificates of clients
        error: signer.toml:2: `server.clients` is missing; list the names in the certificates of those who may ask
        error: signer.toml:4: `log.level` is `loud`; write `error`, `warn`, `info`, `debug` or `trace`
        error: signer.toml:5: `keys.name` is missing; give the key a name
        error: signer.toml:5: `keys.key` is missing; name the key's file, or say where else the key is with `[keys.pkcs11]`
        error: signer.toml:5: `keys.certificates` is missing; name the PEM file with the signing certificate and its chain
        error: signer.toml:6: `keys.remote` is not a known key; the nearest one is `keys.name`
        error: signer.toml: `server.tls_certificate` is missing; name the PEM file of the signer's certificate
        error: signer.toml: `server.tls_key` is missing; name the PEM file of the certificate's key
        error: signer.toml: `server.client_ca` is missing; name the PEM file of the authority that made the certificates of clients
        error: signer.toml: `server.clients` is missing; list the names in the certificates of those who may ask
        error: signer.toml: there is no key to sign with; add a `[[keys]]`
        error: signer.toml:11: the signer's key is not the one in certificate `CN=Voucher Signer`; configure the two that belong together
        error: signer.toml:6: `client-ca.pem`: there is no certificate of a client CA; expected PEM
    "#]]
    .assert_eq(&said.replace(&format!("{}/", machine.folder.path().display()), ""));
    assert_eq!(example.code, 0);
    machine.write("signer.toml", &example.stdout);
    // All is well but that the files are not there.
    assert!(machine.refused().contains("the file `signer.pem` cannot be read"), "{}", machine.refused());
}
