//! What keeps a signer, and a server that needs one, from starting; and certificates that are renewed.

use expect_test::expect;

use super::{
    Authority, CLIENT, KEY, Kind, VoucherKey,
    process::{SignerProcess, site},
};
use crate::cli::site::Site;

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
