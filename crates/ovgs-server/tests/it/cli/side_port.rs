//! The port beside the service.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use ovgs_voucher::TrustAnchors;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};

use super::{
    serve::Running,
    site::{Site, new_key},
};

/// An answer in HTTP/1.1.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) head: String,
    pub(super) body: String,
}

/// Asks for a page; over TLS if a certificate to trust is given.
pub(super) fn ask(endpoint: &str, ca: Option<&[u8]>, method: &str, path: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let (_, address) = endpoint.split_once("://").unwrap();
    let mut tcp = TcpStream::connect(address).unwrap();
    let mut answer = Vec::new();
    match ca {
        None => {
            tcp.write_all(request.as_bytes()).unwrap();
            tcp.read_to_end(&mut answer).unwrap();
        }
        Some(ca) => {
            let name = ServerName::try_from("localhost").unwrap();
            let connection = ClientConnection::new(Arc::new(trusting(ca)), name).unwrap();
            let mut tls = StreamOwned::new(connection, tcp);
            tls.write_all(request.as_bytes()).unwrap();
            tls.read_to_end(&mut answer).unwrap();
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer { head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// A page that there is, in the clear.
pub(super) fn page(server: &Running, path: &str) -> String {
    let answer = ask(server.told("beside: "), None, "GET", path);
    assert!(answer.head.starts_with("http/1.1 200 "), "{answer:?}");
    answer.body
}

fn trusting(ca: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca).unwrap()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider().into();
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// Turns the port on, in the clear.
pub(super) fn turn_on(site: &Site) {
    site.configure("[security]", "[http]\nlisten = \"127.0.0.1:0\"\nplaintext = true\n[security]");
}

#[test]
fn cl90_there_is_no_port_beside_the_service_unless_it_is_asked_for() {
    let site = Site::new();
    let server = Running::start(&mut site.command(&["serve"]));
    assert_eq!(server.said.len(), 1);
}

#[test]
fn cl91_bundle_metrics_and_health_can_be_looked_at_by_anybody() {
    let site = Site::new();
    turn_on(&site);
    let server = Running::start(&mut site.command(&["serve"]));
    let bundle = page(&server, "/.well-known/ovgs/trust-bundle.pem");
    assert_eq!(bundle, site.done(&["voucher", "trust-bundle"]));
    let anchors = TrustAnchors::from_pem(bundle.as_bytes()).unwrap();
    assert_eq!(anchors.certificates().len(), 2);
    let metrics = page(&server, "/metrics");
    assert!(metrics.contains("\novgs_configuration_in_force 1\n"), "{metrics}");
    assert!(metrics.contains("\novgs_signer_ends_early{issuer=\"main\"} 0\n"), "{metrics}");
    // 2050-01-01.
    let end = "\novgs_signer_not_after_timestamp_seconds{issuer=\"main\"} 2524608000\n";
    assert!(metrics.contains(end), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"), "{metrics}");
    assert_eq!(page(&server, "/healthz"), "alive\n");
    assert_eq!(page(&server, "/readyz"), "ready\n");
    let ask = |method, path| ask(server.told("beside: "), None, method, path);
    assert!(ask("GET", "/").head.starts_with("http/1.1 404 "));
    let posted = ask("POST", "/metrics").head;
    assert!(posted.starts_with("http/1.1 405 ") && posted.contains("allow: get, head"), "{posted}");
    let head = ask("HEAD", "/metrics");
    assert!(head.head.starts_with("http/1.1 200 ") && head.body.is_empty(), "{head:?}");
    assert_eq!(server.stop("TERM"), Some(0));
}

#[test]
fn cl92_it_has_the_server_s_certificate_unless_it_is_in_the_clear() {
    let site = Site::new();
    turn_on(&site);
    site.configure("plaintext = true\n", "");
    let server = Running::start(&mut site.command(&["serve"]));
    let ca = std::fs::read(site.path("server.pem")).unwrap();
    let answer = ask(server.told("beside: "), Some(&ca), "GET", "/healthz");
    assert!(answer.head.starts_with("http/1.1 200 "), "{answer:?}");
    site.configure("tls_certificate = \"server.pem\"\ntls_key = \"server.key\"\n", "plaintext = true\n");
    let refused = site.refused(&["serve"]);
    assert!(refused.contains("`http.listen` takes TLS; set `server.tls_certificate`"), "{refused}");
}

#[test]
fn cl93_the_bundle_has_each_root_once_with_its_owners() {
    let site = Site::new();
    site.configure(
        "[[issuers]]\nname = \"other\"\n",
        "[[issuers]]\nname = \"first\"\niens = [\"30065\"]\nstate = \"retired\"\ncertificates = \"main.pem\"\n\
         [[issuers]]\nname = \"other\"\n",
    );
    // Of the keys nothing is needed.
    site.write_private("main.key", &new_key().serialize_pem());
    let bundle = site.done(&["voucher", "trust-bundle"]);
    let comments: Vec<&str> = bundle.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(comments, ["# main, first (retired): CN=main root", "# other: CN=other root"]);
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 2);
    let json = site.done(&["voucher", "trust-bundle", "--json"]);
    let roots: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(roots[0]["issuers"][1]["issuer"], "first");
    assert_eq!(roots[0]["issuers"][1]["state"], "retired");
    assert_eq!(roots[1]["subject"], "CN=other root");
}

#[test]
fn cl94_a_signer_that_ends_before_its_vouchers_is_told() {
    let site = Site::new();
    turn_on(&site);
    // The signers end with 2049.
    site.configure("[security]", "[limits]\nmax_voucher_lifetime = \"20000d\"\n[security]");
    let log = std::fs::File::create(site.path("log")).unwrap();
    let server = Running::start_logging(&mut site.command(&["serve"]), log);
    let metrics = page(&server, "/metrics");
    assert!(metrics.contains("\novgs_signer_ends_early{issuer=\"main\"} 1\n"), "{metrics}");
    let log = std::fs::read_to_string(site.path("log")).unwrap();
    assert!(log.contains("the signer of `main` ends on 2050-01-01, before vouchers of"), "{log}");
}

#[test]
fn cl95_a_silent_connection_keeps_nobody_out() {
    let site = Site::new();
    turn_on(&site);
    let server = Running::start(&mut site.command(&["serve"]));
    let address = server.told("beside: ").strip_prefix("http://").unwrap().to_owned();
    let silent: Vec<TcpStream> = (0..32).map(|_| TcpStream::connect(&address).unwrap()).collect();
    assert_eq!(page(&server, "/healthz"), "alive\n");
    assert_eq!(server.stop("TERM"), Some(0), "and holds up no end");
    drop(silent);
}
