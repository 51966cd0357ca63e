//! `serve` with a voucher key behind PKCS#11, in SoftHSM2.

use std::{
    fs,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ovgs_proto::v1 as pb;
use ovgs_server::clock::{Clock, System};
use ovgs_voucher::{TrustAnchors, VerifyOptions, verify};
use tokio::time::timeout;
use tonic::{
    Code, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use super::{
    serve::Running,
    site::Site,
    softhsm::{PIN, SoftHsm, library},
};
use crate::{
    errors::{component, in_seconds},
    support::{Client, pki, with_token},
};

/// The parts of which vouchers are asked for.
const PARTS: [&str; 3] = ["A", "B", "C"];

/// How many ask at once, one half for one voucher, the other for many.
const CALLERS: usize = 8;

/// A site whose main issuer has its key on a token.
struct OnToken {
    site: Site,
    hsm: SoftHsm,
    token: String,
}

impl OnToken {
    fn new() -> OnToken {
        let site = Site::with_orgs();
        fs::create_dir(site.path("hsm")).unwrap();
        let hsm = SoftHsm::new(&site.path("hsm"));
        hsm.token("ovgs", PIN);
        let key = fs::read_to_string(site.path("main.key")).unwrap();
        hsm.import("ovgs", PIN, "voucher-2026", "01", &key);
        fs::remove_file(site.path("main.key")).unwrap();
        site.write_private("voucher.pin", &format!("{PIN}\n"));
        let table = format!(
            "certificates = \"main.pem\"\n[issuers.pkcs11]\nmodule = \"{}\"\ntoken_label = \"ovgs\"\n\
             key_label = \"voucher-2026\"\npin_file = \"voucher.pin\"\n",
            library().display()
        );
        site.configure("key = \"main.key\"\n", "");
        site.configure("certificates = \"main.pem\"\n", &table);
        let parts = PARTS.map(|serial| format!("30065,{serial}\n")).concat();
        site.write("parts.csv", format!("ien,serial_number\n{parts}"));
        site.done(&["component", "import", "parts.csv", "--org", "org-acmeco"]);
        let user = ["--org", "org-acmeco", "--type", "user"];
        let grant = ["role", "grant", "--group", "org-acmeco", "--role", "assigner", "--user", "ann"];
        site.done(&[&["user", "add"], &user[..], &["ann"]].concat());
        site.done(&[&grant, &user[..]].concat());
        let token = site.done(&[&["token", "issue"], &user[..], &["ann"]].concat()).trim().to_owned();
        OnToken { site, hsm, token }
    }

    /// A command that finds the tokens.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.site.command(arguments);
        command.env("SOFTHSM2_CONF", self.hsm.configuration());
        command
    }

    /// A client of the server.
    async fn client(&self, server: &Running) -> Client {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let address = server.said.last().unwrap().strip_prefix("ready: ").unwrap().to_owned();
        let ca = Certificate::from_pem(fs::read(self.site.path("server.pem")).unwrap());
        let tls = ClientTlsConfig::new().ca_certificate(ca).domain_name("localhost");
        let endpoint = Endpoint::try_from(address).unwrap().tls_config(tls).unwrap();
        Client::new(endpoint.connect().await.unwrap())
    }

    fn caller(&self, client: Client, cert_id: String) -> Caller {
        Caller { client, token: self.token.clone(), cert_id }
    }
}

/// Somebody who asks for vouchers.
#[derive(Clone)]
struct Caller {
    client: Client,
    token: String,
    cert_id: String,
}

impl Caller {
    async fn one(&mut self) -> Result<Vec<Vec<u8>>, Status> {
        let message = pb::GetOwnershipVoucherRequest {
            component: component("30065", PARTS[0]),
            cert_id: self.cert_id.clone(),
            lifetime: in_seconds(3600),
        };
        let answer = self.client.get_ownership_voucher(with_token(message, &self.token)).await?;
        Ok(vec![answer.into_inner().voucher_cms])
    }

    async fn many(&mut self) -> Result<Vec<Vec<u8>>, Status> {
        let message = pb::GetOwnershipVouchersRequest {
            component: (0..20).map(|i| component("30065", PARTS[i % PARTS.len()]).unwrap()).collect(),
            cert_id: self.cert_id.clone(),
            lifetime: in_seconds(3600),
        };
        let answer = self.client.get_ownership_vouchers(with_token(message, &self.token)).await?;
        let vouchers = answer.into_inner().ownership_vouchers;
        Ok(vouchers.into_iter().map(|voucher| voucher.voucher_cms).collect())
    }
}

async fn create_cert(mut client: Client, token: &str) -> String {
    let message = pb::CreateDomainCertRequest {
        group_id: "org-acmeco".into(),
        certificate_der: pki::domain_cert(),
        revocation_checks: false,
        expiry_time: in_seconds(7200),
    };
    client.create_domain_cert(with_token(message, token)).await.unwrap().into_inner().cert_id
}

/// What the callers of a server under load were answered.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    served: [AtomicUsize; CALLERS],
    refused: [AtomicUsize; CALLERS],
}

impl Load {
    /// Asks until told to stop; an answer that is neither vouchers nor UNAVAILABLE, or none within ten seconds, fails.
    async fn ask(self: Arc<Load>, number: usize, mut caller: Caller) -> Vec<u8> {
        let mut last = Vec::new();
        while !self.stop.load(Ordering::SeqCst) {
            let asked = async {
                match number % 2 {
                    0 => caller.one().await,
                    _ => caller.many().await,
                }
            };
            match timeout(Duration::from_secs(10), asked).await.expect("a call hung") {
                Ok(mut vouchers) => {
                    last = vouchers.pop().unwrap();
                    self.served[number].fetch_add(1, Ordering::SeqCst);
                }
                Err(status) => {
                    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                    assert!(status.message().contains("signer is out of reach"), "{status:?}");
                    self.refused[number].fetch_add(1, Ordering::SeqCst);
                }
            }
        }
        last
    }

    /// Waits until each caller was answered this often more than it was.
    async fn until(&self, tally: &[AtomicUsize; CALLERS], more: usize) {
        let counts = || tally.iter().map(|count| count.load(Ordering::SeqCst));
        let before: Vec<usize> = counts().collect();
        let enough = async {
            while counts().zip(&before).any(|(now, before)| now < before + more) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(60), enough)
            .await
            .expect("the callers are not answered like this any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_goes_under_load_is_unavailable_until_it_is_back() {
    let world = OnToken::new();
    let server = Running::start(&mut world.command(&["serve"]));
    let client = world.client(&server).await;
    let cert_id = create_cert(client.clone(), &world.token).await;
    let load = Arc::new(Load::default());
    let callers: Vec<_> = (0..CALLERS)
        .map(|number| tokio::spawn(load.clone().ask(number, world.caller(client.clone(), cert_id.clone()))))
        .collect();
    for _ in 0..2 {
        load.until(&load.served, 3).await;
        world.hsm.take_away();
        load.until(&load.refused, 3).await;
        world.hsm.bring_back();
        load.until(&load.served, 3).await;
    }
    load.stop.store(true, Ordering::SeqCst);
    let anchors = TrustAnchors::from_pem(&fs::read(world.site.path("main.root.pem")).unwrap()).unwrap();
    for caller in callers {
        let voucher = caller.await.unwrap();
        verify(&voucher, &anchors, &VerifyOptions::at(System.now())).unwrap();
    }
    assert_eq!(server.stop("TERM"), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_hangs_keeps_neither_callers_nor_the_end_waiting() {
    let world = OnToken::new();
    let server = Running::start(&mut world.command(&["serve"]));
    let client = world.client(&server).await;
    let mut caller = world.caller(client.clone(), create_cert(client, &world.token).await);
    caller.one().await.unwrap();
    world.hsm.hang();
    let refused = timeout(Duration::from_secs(10), caller.one()).await.expect("the call hung").unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    let stopped = tokio::task::spawn_blocking(move || server.stop("TERM"));
    assert_eq!(timeout(Duration::from_secs(60), stopped).await.expect("the end hung").unwrap(), Some(0));
}

#[test]
fn what_keeps_a_token_from_signing_is_said_with_its_line() {
    let world = OnToken::new();
    let refused = || {
        let ran = super::site::finish(&mut world.command(&["serve"]), b"");
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        ran.stderr
    };
    let line = |key: &str| {
        let text = fs::read_to_string(world.site.path("ovgs.toml")).unwrap();
        1 + text.lines().position(|line| line.starts_with(key)).unwrap()
    };
    world.site.write_private("voucher.pin", "0000");
    let error = refused();
    let place = format!("ovgs.toml:{}: token `ovgs` in slot ", line("pin_file"));
    assert!(error.contains(&place) && error.contains("the token refuses the PIN: it is wrong"), "{error}");
    world.site.write_private("voucher.pin", PIN);
    world.site.configure("key_label = \"voucher-2026\"", "key_label = \"voucher-2027\"");
    let error = refused();
    let place = format!("ovgs.toml:{}: token `ovgs` in slot ", line("key_label"));
    assert!(error.contains(&place) && error.contains("there is no private key of this label"), "{error}");
    world.site.configure("token_label = \"ovgs\"", "token_label = \"ovgs-2\"");
    let error = refused();
    let place = format!("ovgs.toml:{}: no token in PKCS#11 library ", line("token_label"));
    assert!(error.contains(&place) && error.contains("is labelled `ovgs-2`; it shows `ovgs`"), "{error}");
    world.site.configure(&library().display().to_string(), "nowhere.so");
    let error = refused();
    let place = format!("ovgs.toml:{}: PKCS#11 library ", line("module"));
    assert!(error.contains(&place) && error.contains("cannot be loaded"), "{error}");
}
