//! What was answered survives `kill -9`: writes, and the journal record of each voucher.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use ovgs_domain::Fingerprint;
use ovgs_proto::v1 as pb;
use ovgs_store::{Journal, SqlDatabase, SqliteOptions, VoucherFilter};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::{
    errors::{component, in_seconds},
    support::{Client, pki, with_token},
};

/// How often the server is killed.
const KILLS: usize = 5;

/// How many answers are waited for before each kill, while more calls are under way.
const ANSWERS: usize = 40;

/// A `dev` server as a process of its own.
struct Process {
    child: Child,
    client: Client,
    token: String,
}

impl Process {
    async fn start(data: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ovgs-server"))
            .args(["dev", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("ready")), "the server ended before it was ready");
        let told = std::fs::read(data.join("dev.json")).unwrap();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        let text = |pointer: &str| told.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        let ca = Certificate::from_pem(std::fs::read(text("/ca")).unwrap());
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let endpoint = Endpoint::try_from(text("/endpoint")).unwrap();
        let channel = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca)).unwrap().connect().await;
        Process { child, client: Client::new(channel.unwrap()), token: text("/tokens/admin") }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What was answered.
#[derive(Default)]
struct Answered {
    groups: Mutex<Vec<String>>,
    vouchers: Mutex<Vec<Fingerprint>>,
    count: AtomicUsize,
}

impl Answered {
    fn note<T>(&self, list: &Mutex<Vec<T>>, item: T) {
        list.lock().unwrap().push(item);
        self.count.fetch_add(1, Ordering::SeqCst);
    }
}

/// Makes groups until the server is gone.
async fn make_groups(mut client: Client, token: String, answered: Arc<Answered>, name: String) {
    for number in 0.. {
        let message =
            pb::CreateGroupRequest { parent: "org-acmeco".into(), description: format!("{name}-{number}") };
        match client.create_group(with_token(message, &token)).await {
            Ok(made) => answered.note(&answered.groups, made.into_inner().group_id),
            Err(_) => return,
        }
    }
}

/// Fetches vouchers until the server is gone.
async fn fetch_vouchers(mut client: Client, token: String, answered: Arc<Answered>, cert_id: String) {
    loop {
        let message = pb::GetOwnershipVoucherRequest {
            component: component("30065", "ABC101"),
            cert_id: cert_id.clone(),
            lifetime: in_seconds(3600),
        };
        match client.get_ownership_voucher(with_token(message, &token)).await {
            Ok(voucher) => {
                answered.note(&answered.vouchers, Fingerprint::of(&voucher.into_inner().voucher_cms));
            }
            Err(_) => return,
        }
    }
}

async fn create_cert(process: &mut Process) -> String {
    let message = pb::CreateDomainCertRequest {
        group_id: "org-acmeco".into(),
        certificate_der: pki::domain_cert(),
        revocation_checks: false,
        expiry_time: in_seconds(7200),
    };
    let made = process.client.create_domain_cert(with_token(message, &process.token)).await.unwrap();
    made.into_inner().cert_id
}

/// Loads the server until enough was answered, and kills it in the middle of the rest.
async fn load_and_kill(process: Process, answered: &Arc<Answered>, cert_id: &str, round: usize) {
    let enough = answered.count.load(Ordering::SeqCst) + ANSWERS;
    let mut tasks = Vec::new();
    for number in 0..4 {
        let (client, token) = (process.client.clone(), process.token.clone());
        let name = format!("{round}-{number}");
        tasks.push(tokio::spawn(make_groups(client.clone(), token.clone(), answered.clone(), name)));
        tasks.push(tokio::spawn(fetch_vouchers(client, token, answered.clone(), cert_id.into())));
    }
    while answered.count.load(Ordering::SeqCst) < enough {
        assert!(tasks.iter().any(|task| !task.is_finished()), "every task ended before the kill");
        tokio::task::yield_now().await;
    }
    process.kill();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_kill_9() {
    let data = tempfile::tempdir().unwrap();
    let answered = Arc::new(Answered::default());
    let mut process = Process::start(data.path()).await;
    let cert_id = create_cert(&mut process).await;
    for round in 0..KILLS {
        load_and_kill(process, &answered, &cert_id, round).await;
        process = Process::start(data.path()).await;
    }
    let message = pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let root = process.client.get_group(with_token(message, &process.token)).await.unwrap().into_inner();
    let groups = answered.groups.lock().unwrap().clone();
    for group in groups.iter() {
        assert!(root.child_group_ids.contains(group), "{group} was answered and is lost");
    }
    assert_eq!(root.cert_ids, [cert_id]);
    process.kill();

    let vouchers = answered.vouchers.lock().unwrap().clone();
    let journalled = journalled(data.path()).await;
    for voucher in &vouchers {
        assert!(journalled.contains(voucher), "a voucher was answered and has no record");
    }
    assert!(groups.len() + vouchers.len() >= KILLS * ANSWERS);
}

/// The SHA-256 of every voucher in the journal.
async fn journalled(data: &Path) -> Vec<Fingerprint> {
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let is_database = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|extension| extension == "db" || extension == "sqlite")
    };
    let file = files.into_iter().find(is_database).expect("a database");
    let database = SqlDatabase::sqlite(&file, &SqliteOptions::default()).await.unwrap();
    let store = database.store().await.unwrap();
    let all = store.vouchers(&VoucherFilter::default(), None, 1_000_000).await.unwrap();
    all.into_iter().map(|record| record.voucher.voucher).collect()
}
