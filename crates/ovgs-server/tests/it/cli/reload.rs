//! A running server takes a changed configuration, all of it or nothing.

use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ovgs_domain::Ien;
use ovgs_proto::v1 as pb;
use ovgs_server::issuers::Issuers;
use ovgs_voucher::{PinnedCert, TrustAnchors, VerifyOptions, Voucher, verify};
use tokio::time::{sleep, timeout};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use super::{
    serve::Running,
    side_port::{page, turn_on},
    site::{Site, new_key},
};
use crate::{
    errors::{component, in_seconds},
    support::{Client, now, pki, with_token},
};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Callers at once.
const CALLERS: usize = 4;

/// What the log says of something wrong, and how to make it so.
type Wrong<'a> = (&'static str, Box<dyn Fn() + 'a>);

/// A caller that may have vouchers, and a certificate to pin.
#[derive(Clone)]
pub(super) struct Requestor {
    client: Client,
    token: String,
    cert_id: String,
}

impl Requestor {
    pub(super) async fn new(site: &Site, server: &Running) -> Requestor {
        site.write("parts.csv", "ien,serial_number\n30065,ABC101\n");
        site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
        let ann = ["--org", "org-acmeco", "--type", "user"];
        site.done(&[&["user", "add"], &ann[..], &["ann"]].concat());
        let role = ["--user", "ann", "--group", "org-acmeco", "--role", "admin"];
        site.done(&[&["role", "grant"], &ann[..], &role].concat());
        let token = site.done(&[&["token", "issue"], &ann[..], &["ann"]].concat()).trim_end().to_owned();
        let mut client = connect(site, server).await.expect("a connection");
        let request = pb::CreateDomainCertRequest {
            group_id: "org-acmeco".into(),
            certificate_der: pki::domain_cert(),
            revocation_checks: false,
            expiry_time: in_seconds(86_400),
        };
        let made = client.create_domain_cert(with_token(request, &token)).await.unwrap();
        Requestor { client, token, cert_id: made.into_inner().cert_id }
    }

    /// The same caller, at another server.
    pub(super) async fn at(&self, site: &Site, server: &Running) -> Requestor {
        Requestor { client: connect(site, server).await.expect("a connection"), ..self.clone() }
    }

    pub(super) async fn voucher(&mut self) -> Result<Vec<u8>, tonic::Status> {
        let request = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ABC101"),
            cert_id: self.cert_id.clone(),
            lifetime: in_seconds(3600),
        };
        let answer = self.client.get_ownership_voucher(with_token(request, &self.token)).await?;
        Ok(answer.into_inner().voucher_cms.to_vec())
    }
}

/// A connection to the server that trusts the certificate in `server.pem` of now.
pub(super) async fn connect(site: &Site, server: &Running) -> Result<Client, tonic::transport::Error> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let ca = Certificate::from_pem(fs::read(site.path("server.pem")).unwrap());
    let endpoint = Endpoint::try_from(server.told("ready: ").to_owned()).unwrap();
    let channel = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca)).unwrap().connect().await?;
    Ok(Client::new(channel))
}

/// Sends SIGHUP and waits until the server has done with it.
async fn reload(server: &Running) {
    let count = || {
        let metrics = page(server, "/metrics");
        let lines = metrics.lines().filter(|line| line.starts_with("ovgs_reloads_total{"));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>()
    };
    let before = count();
    server.signal("HUP");
    let done = async {
        while count() == before {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, done).await.expect("the server to have looked at its configuration");
}

fn in_force(server: &Running) -> bool {
    page(server, "/metrics").contains("\novgs_configuration_in_force 1\n")
}

pub(super) fn verified(site: &Site, root: &str, cms: &[u8]) -> Option<Voucher> {
    let anchors = TrustAnchors::from_pem(&fs::read(site.path(root)).unwrap()).unwrap();
    verify(cms, &anchors, &VerifyOptions::at(now())).ok().map(|verified| verified.voucher)
}

/// Retires `main` in favour of `next`.
fn rotate(site: &Site) {
    site.issuer("next");
    site.configure("key = \"main.key\"\n", "state = \"retired\"\n");
    site.configure(
        "[[issuers]]\nname = \"other\"\n",
        "[[issuers]]\nname = \"next\"\niens = [\"30065\", \"2636\"]\nkey = \"next.key\"\ncertificates = \"next.pem\"\n\
         [[issuers]]\nname = \"other\"\n",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_is_changed_under_load_without_a_failed_call() {
    let site = Site::with_orgs();
    turn_on(&site);
    let server = Running::start(&mut site.command(&["serve"]));
    let requestor = Requestor::new(&site, &server).await;
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (mut requestor, stop, count) = (requestor.clone(), stop.clone(), count.clone());
            tokio::spawn(async move {
                let mut vouchers = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    vouchers.push(requestor.voucher().await.expect("every call succeeds"));
                    count.fetch_add(1, Ordering::SeqCst);
                }
                vouchers
            })
        })
        .collect();
    let more = async || {
        let enough = count.load(Ordering::SeqCst) + 8 * CALLERS;
        while count.load(Ordering::SeqCst) < enough {
            assert!(!callers.iter().any(tokio::task::JoinHandle::is_finished), "a call failed");
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, more()).await.unwrap();
    rotate(&site);
    reload(&server).await;
    assert!(in_force(&server));
    let fresh = requestor.clone().voucher().await.unwrap();
    timeout(PATIENCE, more()).await.unwrap();
    stop.store(true, Ordering::SeqCst);

    assert!(verified(&site, "next.root.pem", &fresh).is_some(), "what is new is under the new root");
    let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
    for caller in callers {
        for cms in caller.await.unwrap() {
            let (of, voucher) = match verified(&site, "main.root.pem", &cms) {
                Some(voucher) => (&mut old, voucher),
                None => (&mut new, verified(&site, "next.root.pem", &cms).expect("one of the two")),
            };
            assert!(of.insert(voucher.created_on()), "two vouchers of one issuer were made at one time");
        }
    }
    assert!(!old.is_empty() && !new.is_empty());
    let bundle = page(&server, "/.well-known/ovgs/trust-bundle.pem");
    for line in ["# main (retired): CN=main root", "# next: CN=next root"] {
        assert!(bundle.lines().any(|said| said == line), "{bundle}");
    }
    let issued = page(&server, "/metrics");
    for issuer in ["main", "next"] {
        assert!(
            issued.contains(&format!("\novgs_vouchers_issued_total{{issuer=\"{issuer}\"}} ")),
            "{issued}"
        );
    }
    let calls = r#"ovgs_calls_total{service="ovgs.v1.OwnershipVoucherService",method="GetOwnershipVoucher",status="OK"}"#;
    assert!(issued.contains(calls), "{issued}");
    assert!(!issued.contains(r#"outcome="refused""#), "{issued}");
    assert_eq!(server.stop("TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_wrong_changes_nothing() {
    let site = Site::with_orgs();
    turn_on(&site);
    let log = fs::File::create(site.path("log")).unwrap();
    let server = Running::start_logging(&mut site.command(&["serve"]), log);
    let mut requestor = Requestor::new(&site, &server).await;
    let good = fs::read_to_string(site.path("ovgs.toml")).unwrap();
    rotate(&site);
    let rotated = fs::read_to_string(site.path("ovgs.toml")).unwrap();
    let next_key = fs::read_to_string(site.path("next.key")).unwrap();
    let wrong: [Wrong<'_>; 4] = [
        ("is not TOML", Box::new(|| site.write("ovgs.toml", "[server\n"))),
        (
            "the signer's key is not the one in certificate",
            Box::new(|| {
                site.write("ovgs.toml", &rotated);
                site.write_private("next.key", &new_key().serialize_pem());
            }),
        ),
        (
            "the private key `server.key` does not fit",
            Box::new(|| {
                site.write_private("next.key", &next_key);
                site.write_private("server.key", &new_key().serialize_pem());
            }),
        ),
        (
            "there is no such configuration file",
            Box::new(|| fs::remove_file(site.path("ovgs.toml")).unwrap()),
        ),
    ];
    for (said, spoil) in wrong {
        spoil();
        reload(&server).await;
        assert!(!in_force(&server), "{said}");
        let cms = requestor.voucher().await.expect("everything goes on");
        assert!(verified(&site, "main.root.pem", &cms).is_some(), "{said}: by the issuer there was");
        assert!(connect(&site, &server).await.is_ok(), "{said}: with the certificate there was");
        let log = fs::read_to_string(site.path("log")).unwrap();
        assert!(log.contains(said), "{said} is not in the log: {log}");
    }
    // A new pair for TLS, and something that takes a restart.
    let tls = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    site.write("server.pem", tls.cert.pem());
    site.write_private("server.key", &tls.signing_key.serialize_pem());
    assert!(connect(&site, &server).await.is_err(), "the old certificate is still there");
    site.write("ovgs.toml", format!("{good}[limits]\nmax_batch = 7\n"));
    reload(&server).await;
    assert!(in_force(&server));
    assert!(connect(&site, &server).await.is_ok(), "the new certificate is there");
    assert!(requestor.voucher().await.is_ok(), "who is connected stays so");
    let log = fs::read_to_string(site.path("log")).unwrap();
    assert!(
        log.contains("`limits.max_batch` has changed, which counts when the server starts again"),
        "{log}"
    );
}

#[test]
fn an_issuer_that_is_replaced_by_its_namesake_gives_out_no_time_twice() {
    let issuers = Issuers::from(pki::issuers());
    let (component, cert) = pki::something_to_vouch_for();
    let at = now();
    let write = |of: &Issuers| {
        let issuer = of.current().active(Ien::parse("30065").unwrap()).unwrap().clone();
        let pinned = PinnedCert::from_der(pki::domain_cert()).unwrap();
        issuer.write(&component, &cert, pinned, None, at).unwrap().created_on()
    };
    let before = issuers.current();
    let mut times = vec![write(&issuers), write(&issuers)];
    issuers.replace(pki::issuers());
    times.push(write(&issuers));
    // A call that began before.
    times.push(write(&Issuers::from(before)));
    times.push(write(&issuers));
    let distinct: BTreeSet<_> = times.iter().collect();
    assert_eq!(distinct.len(), times.len(), "{times:?}");
}
