//! `voucher verify` and `voucher inspect`.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;
use ovgs_server::clock::{Clock, System};
use ovgs_voucher::{
    Assertion, FileSigner, PinnedCert, Profile, SigningChain, Template, Voucher, VoucherSigner,
};
use serde_json::Value;

use super::site::{Ran, Site};

/// A voucher of the site's main issuer, good for a day from now.
fn voucher(site: &Site, profile: Profile) -> Vec<u8> {
    voucher_for(site, profile, "ABC101")
}

fn voucher_for(site: &Site, profile: Profile, serial: &str) -> Vec<u8> {
    let signer = FileSigner::load(&site.path("main.key")).unwrap();
    let chain = SigningChain::from_pem(&std::fs::read(site.path("main.pem")).unwrap()).unwrap();
    let template = Template::new(&chain, profile, signer.algorithm()).unwrap();
    let pinned = PinnedCert::from_der(chain.root().der()).unwrap();
    let now = System.now();
    let voucher = Voucher::builder(now, Assertion::Verified, serial, pinned)
        .expires_on(now + TimeDelta::days(1))
        .revocation_checks(false)
        .build()
        .unwrap();
    template.issue_now(&voucher, signer.local().unwrap()).unwrap()
}

fn verify(site: &Site, file: &str, more: &[&str]) -> Ran {
    site.run(&[&["voucher", "verify", file, "--trust-anchor", "main.root.pem"], more].concat())
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339()
}

#[test]
fn cl40_a_good_voucher_verifies_in_every_form() {
    let site = Site::new();
    let der = voucher(&site, Profile::Rfc8366);
    let base64 = STANDARD.encode(&der);
    site.write("v.vcj", &der);
    site.write("v.b64", &base64);
    site.write("v.pem", format!("-----BEGIN CMS-----\n{base64}\n-----END CMS-----\n"));
    for file in ["v.vcj", "v.b64", "v.pem"] {
        let ran = verify(&site, file, &["--serial", "ABC101", "--profile", "rfc8366"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{file}");
        assert!(ran.stdout.starts_with("valid\nserial-number: ABC101\n"), "{}", ran.stdout);
    }
    let ran =
        site.run_with_input(&["voucher", "verify", "-", "--trust-anchor", "main.root.pem", "--json"], &der);
    let verified: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&verified["serial_number"], &verified["profile"]), (&"ABC101".into(), &"rfc8366".into()));
    assert_eq!(verified["domain_cert_revocation_checks"], false);
    assert!(verified["created_on"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn nothing_in_a_voucher_adds_a_line_or_commands_the_terminal() {
    let site = Site::new();
    let serial = "ABC101\nsigned by: CN=Somebody else\u{1b}[2J\u{9b}31m\u{202e}";
    site.write("v.vcj", voucher_for(&site, Profile::Rfc8366, serial));
    for ran in [verify(&site, "v.vcj", &[]), site.run(&["voucher", "inspect", "v.vcj"])] {
        let line = ran.stdout.lines().nth(1).unwrap();
        let escaped = r"ABC101\nsigned by: CN=Somebody else\u{1b}[2J\u{9b}31m\u{202e}";
        assert_eq!((ran.code, line), (0, format!("serial-number: {escaped}").as_str()));
        assert!(!ran.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{}", ran.stdout);
    }
    // For machines it is what it is.
    let seen: Value = serde_json::from_str(&verify(&site, "v.vcj", &["--json"]).stdout).unwrap();
    assert_eq!(seen["serial_number"], serial);
}

#[test]
fn what_cannot_be_one_voucher_is_refused_with_the_reason() {
    let site = Site::new();
    let base64 = STANDARD.encode(voucher(&site, Profile::Rfc8366));
    site.write("two.pem", format!("-----BEGIN CMS-----\n{base64}\n-----END CMS-----\n").repeat(2));
    site.write("large", vec![b'A'; 16 * 1024 * 1024 + 1]);
    site.write("empty", "");
    let refusals = ["two.pem", "large", "empty", "."].map(|file| {
        let ran = verify(&site, file, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{file}");
        assert_eq!(ran.stderr, site.run(&["voucher", "inspect", file]).stderr);
        ran.stderr
    });
    expect![[r#"
        error: `two.pem`: there are several vouchers in the PEM text; give each a file of its own
        error: `large` is larger than 16 MiB, which no voucher is
        error: `empty`: not a voucher in DER, in PEM labelled `CMS` or `PKCS7`, or in base64
        error: `.` cannot be read: Is a directory (os error 21)
    "#]]
    .assert_eq(&refusals.concat());
}

#[test]
fn cl41_whatever_is_wrong_is_the_reason() {
    let site = Site::new();
    site.write("v.vcj", voucher(&site, Profile::Rfc8366));
    site.write("old.vcj", voucher(&site, Profile::Pkcs7));
    let mut forged = voucher(&site, Profile::Rfc8366);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    site.write("forged.vcj", forged);
    let refused = |file: &str, more: &[&str]| {
        let ran = verify(&site, file, more);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{file} {more:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        ran.stderr
    };
    let refusals = [
        refused("v.vcj", &["--serial", "ABC102"]),
        refused("forged.vcj", &[]),
        refused("old.vcj", &["--profile", "rfc8366"]),
        refused("v.vcj", &["--profile", "pkcs7"]),
        refused("main.key", &[]),
        refused("nowhere.vcj", &[]),
    ];
    expect![[r#"
        error: the voucher is refused: the voucher is for serial number `ABC101`, not `ABC102`
        error: the voucher is refused: the signature is wrong
        error: the voucher is refused: the voucher is not of profile `rfc8366`
        error: the voucher is refused: the voucher is not of profile `pkcs7`
        error: `main.key`: not a voucher in DER, in PEM labelled `CMS` or `PKCS7`, or in base64
        error: `nowhere.vcj` cannot be read: No such file or directory (os error 2)
    "#]]
    .assert_eq(&refusals.concat());
    for at in [System.now() - TimeDelta::hours(1), System.now() + TimeDelta::days(2)] {
        assert!(refused("v.vcj", &["--at", &rfc3339(at)]).starts_with("error: the voucher is refused: "));
    }
    let other = site.run(&["voucher", "verify", "v.vcj", "--trust-anchor", "other.root.pem"]);
    assert_eq!(other.code, 1);
    let ran = verify(&site, "old.vcj", &[]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("note: content type id-data and version 1"), "{}", ran.stdout);
}

#[test]
fn cl42_inspect_shows_without_judging() {
    let site = Site::new();
    let der = voucher(&site, Profile::Rfc8366);
    let ran = site.run_with_input(&["voucher", "inspect", "-"], &der);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for said in [
        "nothing is verified",
        "serial-number: ABC101",
        "signer: CN=main signer",
        "certificate: CN=main root",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let ran = site.run_with_input(&["voucher", "inspect", "-", "--json"], &der);
    let inspected: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(inspected["voucher"]["serial_number"], "ABC101");
    assert_eq!(inspected["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(inspected["profile"], "rfc8366");
    assert_eq!(inspected["chain"], serde_json::json!(["CN=main signer", "CN=main root"]));
    assert_eq!(inspected["revocation_lists"], serde_json::json!([]));
    let content = STANDARD.decode(inspected["content"].as_str().unwrap()).unwrap();
    assert!(content.starts_with(b"{\"ietf-voucher:voucher\":"));
    assert_eq!(inspected["faults"].as_array().unwrap().len(), 0);
    assert_eq!(site.run_with_input(&["voucher", "inspect", "-"], b"0\x80 no voucher").code, 1);
}

#[test]
fn cl43_a_signer_that_is_revoked_is_refused() {
    let site = Site::new();
    site.write("v.vcj", voucher(&site, Profile::Rfc8366));
    let chain = SigningChain::from_pem(&std::fs::read(site.path("main.pem")).unwrap()).unwrap();
    let (clear, revoked) = (site.crl("main", &[]), site.crl("main", &[chain.signer()]));
    let pem =
        |der: &[u8]| format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", STANDARD.encode(der));
    site.write("both.pem", pem(&site.crl("other", &[])) + &pem(&clear));
    site.write("clear.crl", &clear);
    site.write("revoked.crl", &revoked);
    for lists in [&["--crl", "clear.crl"][..], &["--crl", "both.pem", "--require-crls"]] {
        let ran = verify(&site, "v.vcj", lists);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{lists:?}");
    }
    let refusal = |lists: &[&str]| {
        let ran = verify(&site, "v.vcj", lists);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{lists:?}");
        ran.stderr
    };
    for lists in [&["--crl", "revoked.crl"][..], &["--crl", "clear.crl", "--crl", "revoked.crl"]] {
        let said = refusal(lists);
        assert!(said.contains("CN=main signer") && said.contains("revoked"), "{said}");
    }
    expect![[r#"
        error: the voucher is refused: there is no revocation list of `CN=main root`, who issued `CN=main signer`
        error: `v.vcj` holds no revocation list: not exactly one X.509 revocation list in DER
        error: the revocation lists in `nowhere.crl` cannot be read: No such file or directory (os error 2)
    "#]]
    .assert_eq(
        &[&["--require-crls"][..], &["--crl", "v.vcj"], &["--crl", "nowhere.crl"]].map(refusal).concat(),
    );
}
