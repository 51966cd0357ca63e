//! A running server whose signer is a process of its own: killed, stopped and back again under load.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ovgs_proto::v1 as pb;
use ovgs_voucher::{TrustAnchors, VerifyOptions, verify};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use super::{
    CLIENT, KEY,
    process::{SignerProcess, site},
};
use crate::{
    cli::{serve::Running, site::Site},
    errors::{component, in_seconds},
    support::{Client, now, pki, with_token},
};

/// No call may take longer.
const LONGEST: Duration = Duration::from_secs(10);

/// How many parts there are, all of which make one batch.
const PARTS: usize = 500;

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
