//! Two servers on one database, which do not talk to each other.

use std::time::{Duration, Instant};

use ovgs_proto::v1::{self as pb, ownership_voucher_service_client::OwnershipVoucherServiceClient};
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::{serve::Running, site::Site};
use crate::support::with_token;

type Client = OwnershipVoucherServiceClient<Channel>;

/// A client of a server that has said `ready`.
async fn client(site: &Site, server: &Running) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let said = server.said.last().unwrap();
    let endpoint = said.strip_prefix("ready: ").unwrap().to_owned();
    let ca = std::fs::read(site.path("server.pem")).unwrap();
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)).domain_name("localhost");
    let endpoint = Endpoint::try_from(endpoint).unwrap().tls_config(tls).unwrap();
    OwnershipVoucherServiceClient::new(endpoint.connect().await.unwrap())
}

async fn call(client: &Client, token: &str) -> Code {
    let request = pb::GetGroupRequest { group_id: "org-acmeco".into() };
    let answer = client.clone().get_group(with_token(request, token)).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

const ERP: [&str; 5] = ["--org", "org-acmeco", "--type", "service-account", "erp"];
const ROLE: [&str; 8] =
    ["--group", "org-acmeco", "--org", "org-acmeco", "--type", "service-account", "--user", "erp"];

#[tokio::test(flavor = "multi_thread")]
async fn cl66_what_is_taken_away_is_gone_on_both() {
    let site = Site::with_orgs();
    site.done(&[&["user", "add"][..], &ERP].concat());
    let grant = [&["role", "grant"][..], &ROLE, &["--role", "requestor"]].concat();
    site.done(&grant);
    let token = site.done(&[&["token", "issue"][..], &ERP].concat());
    let token = token.trim();
    let servers = [(); 2].map(|()| Running::start(&mut site.command(&["serve"])));
    let [one, two] = [client(&site, &servers[0]).await, client(&site, &servers[1]).await];

    for round in 0..3 {
        for client in [&one, &two] {
            assert_eq!(call(client, token).await, Code::Ok, "round {round}");
        }
        site.done(&[&["role", "revoke"][..], &ROLE].concat());
        for client in [&one, &two] {
            assert_eq!(call(client, token).await, Code::PermissionDenied, "at the next call, round {round}");
        }
        site.done(&grant);
    }

    let listed = || -> serde_json::Value {
        serde_json::from_str(site.done(&["token", "list", "--json"]).trim()).unwrap()
    };
    let told = Instant::now() + Duration::from_secs(20);
    while listed().get("last_used_at").is_none() {
        assert!(Instant::now() < told, "nobody has told of its last use: {}", listed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let jti = listed()["jti"].as_str().unwrap().to_owned();
    site.done(&["token", "revoke", &jti]);
    let known = Instant::now() + Duration::from_secs(1);
    for client in [&one, &two] {
        while call(client, token).await == Code::Ok {
            assert!(Instant::now() < known, "the token outlives its revocation by more than a second");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(call(client, token).await, Code::Unauthenticated);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn au35_no_log_line_holds_a_token() {
    let site = Site::with_orgs();
    site.done(&[&["user", "add"][..], &ERP].concat());
    let good = site.done(&[&["token", "issue"][..], &ERP].concat());
    let log = std::fs::File::create(site.path("log")).unwrap();
    let mut command = site.command(&["serve"]);
    let server = Running::start_logging(command.env("OVGS__LOG__LEVEL", "trace"), log);
    let client = client(&site, &server).await;
    let forged = good.trim().replace('.', ".x");
    for (token, expected) in [
        (good.trim(), Code::PermissionDenied),
        (&forged, Code::Unauthenticated),
        ("hunter2hunter2", Code::Unauthenticated),
    ] {
        assert_eq!(call(&client, token).await, expected);
        let mut request = tonic::Request::new(pb::GetGroupRequest { group_id: "org-acmeco".into() });
        request.metadata_mut().insert("cookie", format!("access_token={token}").parse().unwrap());
        assert_eq!(client.clone().get_group(request).await.unwrap_err().code(), expected);
    }
    drop(client);
    assert_eq!(server.stop("TERM"), Some(0));
    let log = std::fs::read_to_string(site.path("log")).unwrap();
    assert!(log.contains("unauthenticated"), "{log}");
    let parts = good.trim().split('.').chain(["access_token", "Bearer", "hunter2hunter2"]);
    for part in parts {
        assert!(!log.contains(part), "`{part}` is in the log");
    }
}
