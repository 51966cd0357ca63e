//! A vendor's day at the command line: two organizations, a delivery with mistakes in it, a return, a resale, a delegation
//! and its end, and the journal that tells all of it.

use std::{collections::BTreeSet, fmt::Write as _};

use expect_test::expect;
use ovgs_proto::v1 as pb;
use serde_json::Value;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use super::{serve::Running, site::Site};
use crate::support::{Client, with_token};

const PARTS: usize = 10_000;

const HEADER: &str = "ien,serial_number,model,mac_addr,endorsement_key,idevid_issuer";

/// What a cell of a row is by mistake, and what it should be: each row is wrong in its own way.
fn mistakes() -> Vec<(usize, String, String)> {
    let private = "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
    let off_curve = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\
                     BwcHBwcHBwcHBwcHBwcHBwcHBw==";
    let serial = |n: usize| format!("S{n:05}");
    let good = |n: usize| row(n);
    let with = |n: usize, ien: &str, rest: &str| format!("{ien},{},{rest}", serial(n));
    let long = "x".repeat(129);
    let bad: [(usize, String); 17] = [
        (3, with(3, "030065", "M,,,")),
        (500, with(500, "99", "M,,,")),
        (501, with(501, "", "M,,,")),
        (1_000, format!("30065, {},M,,,", serial(1_000))),
        (1_500, "30065,,M,,,".to_owned()),
        (2_000, format!("30065,{},M,,,", "S".repeat(65))),
        (2_500, with(2_500, "30065", &format!("{long},,,"))),
        (3_000, with(3_000, "30065", "M,00:11:22,,")),
        (3_500, with(3_500, "30065", "M,,not base64,")),
        (4_000, with(4_000, "30065", "M,,AAAA,")),
        (4_500, with(4_500, "30065", &format!("M,,{private},"))),
        (5_000, with(5_000, "30065", &format!("M,,{off_curve},"))),
        (6_000, with(6_000, "30065", "M,,,AAAA")),
        (7_000, with(7_000, "30065", "M")),
        (8_000, with(8_000, "30065", "M,,,,surplus")),
        (9_000, with(9_000, "30065", "\"two\nlines\",,,")),
        (9_999, "30065,S09998,other,,,".to_owned()),
    ];
    bad.into_iter().map(|(n, bad)| (n, bad, good(n))).collect()
}

fn row(n: usize) -> String {
    format!("30065,S{n:05},M,,,")
}

/// The delivery, with the mistakes in it.
fn delivery() -> String {
    let mistakes = mistakes();
    let mut file = format!("{HEADER}\n");
    for n in 0..PARTS {
        let mistake = mistakes.iter().find(|(at, _, _)| *at == n);
        let _ = writeln!(file, "{}", mistake.map_or_else(|| row(n), |(_, bad, _)| bad.clone()));
    }
    file
}

/// A call as the user of a token.
async fn channel(site: &Site, server: &Running) -> Client {
    let ready = server.said.last().and_then(|line| line.split_whitespace().nth(1)).unwrap();
    let address = ready.replace("127.0.0.1", "localhost");
    let ca = Certificate::from_pem(std::fs::read(site.path("server.pem")).unwrap());
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let endpoint: Endpoint = Channel::from_shared(address).unwrap();
    let tls = ClientTlsConfig::new().ca_certificate(ca);
    Client::new(endpoint.tls_config(tls).unwrap().connect().await.unwrap())
}

fn delegation(delegated_org: &str) -> (pb::AddGroupDelegatedOrgRequest, pb::RemoveGroupDelegatedOrgRequest) {
    let (group_id, org_id) = ("org-acmeco".to_owned(), delegated_org.to_owned());
    (
        pb::AddGroupDelegatedOrgRequest { group_id: group_id.clone(), org_id: org_id.clone() },
        pb::RemoveGroupDelegatedOrgRequest { group_id, org_id },
    )
}

/// The story as the journal tells it, the same things happening in a row as one line.
fn story(export: &str) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    let mut last = String::new();
    for line in export.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        assert!(text("time") >= last, "out of order: {line}");
        last = text("time");
        let author = if text("author").starts_with("cli:") { "cli".to_owned() } else { text("author") };
        let who = if text("username").is_empty() { String::new() } else { format!(" {}", text("username")) };
        let to =
            if text("to_org_id").is_empty() { String::new() } else { format!(" to {}", text("to_org_id")) };
        let told = format!("{author}: {} {}{who}{to}", text("change"), text("org_id"));
        match lines.last_mut() {
            Some((before, count)) if *before == told => *count += 1,
            _ => lines.push((told, 1)),
        }
    }
    lines.into_iter().map(|(told, count)| format!("{told} x{count}\n")).collect()
}

fn role<'a>(command: &'a str, org: &'a str, name: &'a str) -> Vec<&'a str> {
    vec!["role", command, "--group", "org-acmeco", "--org", org, "--type", "user", "--user", name]
}

/// Two organizations, each with its first admin.
fn set_up(site: &Site) {
    for (org, admin) in [("org-acmeco", "ann"), ("org-other", "bob")] {
        site.done(&["org", "create", org, "--admin", admin]);
    }
}

/// The delivery, refused rows mended, and what is refused the second time: nothing.
fn deliver(site: &Site) {
    site.write("parts.csv", delivery());
    let import = |file| ["component", "import", file, "--org", "org-acmeco"];
    let ran = site.run(&import("parts.csv"));
    let taken = PARTS - mistakes().len();
    assert_eq!((ran.code, ran.stdout), (1, format!("{taken} added, 0 updated, 0 unchanged, 17 refused\n")));
    let reasons: BTreeSet<&str> =
        ran.stderr.lines().filter_map(|line| line.split_once(", ")).map(|(_, why)| why).collect();
    assert_eq!((ran.stderr.lines().count(), reasons.len()), (17, 17), "{}", ran.stderr);
    assert!(!ran.stderr.contains("MC4CAQAwBQ"), "a private key is not shown");

    let mut rejects = std::fs::read_to_string(site.path("parts.rejects.csv")).unwrap();
    let concealed =
        rejects.contains("MC4CAQAwBQ") || !rejects.contains("30065,S04500,M,,(a private key was here),");
    assert!(!concealed, "{rejects}");
    rejects = rejects.replace("30065,S04500,M,,(a private key was here),", &row(4_500));
    for (_, bad, good) in mistakes() {
        rejects = rejects.replacen(&format!("\n{bad}\n"), &format!("\n{good}\n"), 1);
    }
    site.write("mended.csv", &rejects);
    assert_eq!(site.done(&import("mended.csv")), "17 added, 0 updated, 0 unchanged, 0 refused\n");
    assert_eq!(site.done(&["component", "export", "--org", "org-acmeco"]).lines().count(), PARTS + 1);
}

/// Another organization is let in, one of its people gets a role, and both are taken back.
async fn lend(site: &Site, server: &Running) {
    let token = site.done(&["token", "issue", "--org", "org-acmeco", "--type", "user", "ann"]);
    let token = token.trim_end();
    let mut client = channel(site, server).await;
    let (add, remove) = delegation("org-other");
    client.add_group_delegated_org(with_token(add, token)).await.unwrap();
    site.done(&[&role("grant", "org-other", "bob")[..], &["--role", "assigner"]].concat());
    site.done(&role("revoke", "org-other", "bob"));
    client.remove_group_delegated_org(with_token(remove.clone(), token)).await.unwrap();
    let tokens: Value = serde_json::from_str(&site.done(&["token", "list", "--json"])).unwrap();
    site.done(&["token", "revoke", tokens["jti"].as_str().unwrap()]);
    // The server that did not revoke it believes it for a moment, then not.
    let refused = async {
        loop {
            match client.remove_group_delegated_org(with_token(remove.clone(), token)).await {
                Err(status) if status.code() == tonic::Code::Unauthenticated => return,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), refused).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cl70_the_audit_export_tells_a_vendors_day_in_order() {
    let site = Site::with_database();
    let server = Running::start(&mut site.command(&["serve"]));
    set_up(&site);
    deliver(&site);
    site.done(&["component", "retire", "30065", "S00001"]);
    site.done(&["component", "transfer", "30065", "S00002", "--to", "org-other"]);
    lend(&site, &server).await;
    site.done(&["user", "remove", "--org", "org-acmeco", "--type", "user", "ann"]);
    expect![[r#"
        cli: org_created org-acmeco x1
        cli: user_added org-acmeco ann x1
        cli: role_added org-acmeco ann x1
        cli: org_created org-other x1
        cli: user_added org-other bob x1
        cli: role_added org-other bob x1
        cli: component_added org-acmeco x10000
        cli: component_retired org-acmeco x1
        cli: component_transferred org-acmeco to org-other x1
        cli: token_issued org-acmeco ann x1
        org-acmeco/user/ann: delegation_added org-acmeco x1
        cli: role_added org-acmeco bob x1
        cli: role_removed org-acmeco bob x1
        org-acmeco/user/ann: delegation_removed org-acmeco x1
        cli: token_revoked org-acmeco ann x1
        cli: user_removed org-acmeco ann x1
        cli: role_removed org-acmeco ann x1
    "#]]
    .assert_eq(&story(&site.done(&["audit", "export"])));
    let of_part = story(&site.done(&["audit", "export", "--component", "30065", "S00002"]));
    assert_eq!(
        of_part,
        "cli: component_added org-acmeco x1\ncli: component_transferred org-acmeco to org-other x1\n"
    );
}
