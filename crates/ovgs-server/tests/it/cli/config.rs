//! `config check` and `config example`.

use expect_test::expect;

use super::site::{Site, finish, new_key};

#[test]
fn cl10_a_good_configuration_is_good() {
    let site = Site::with_database();
    site.done(&["org", "create", "org-vendor"]);
    assert_eq!(site.done(&["config", "check"]), "ovgs.toml is good\n");
    assert_eq!(site.done(&["config", "check", "--config", "./ovgs.toml"]), "./ovgs.toml is good\n");
}

#[test]
fn cl11_the_example_is_a_configuration() {
    let site = Site::new();
    let example = site.done(&["config", "example"]);
    assert!(example.contains("\nconceal_foreign = true\n"));
    site.write("ovgs.toml", &example);
    for (from, to) in [("main.pem", "voucher-signer.pem"), ("main.key", "voucher-signer.key")] {
        std::fs::rename(site.path(from), site.path(to)).unwrap();
    }
    let ran = site.run(&["config", "check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!site.path("ovgs.db").exists(), "checking makes no database");
}

#[test]
fn cl12_each_problem_is_one_sentence_with_its_place() {
    let site = Site::with_database();
    site.write_private("main.key", &new_key().serialize_pem());
    site.write_private("server.key", &new_key().serialize_pem());
    site.write("token.key", "no key");
    std::fs::remove_file(site.path("other.pem")).unwrap();
    expect![[r#"
        error: ovgs.toml:5: the private key `server.key` does not fit the certificate `server.pem`; configure the two that belong together
        error: ovgs.toml:9: `token.key` holds no P-256 key; make one with `openssl ecparam -name prime256v1 -genkey -noout`
        error: ovgs.toml:16: the signer's key is not the one in certificate `CN=main signer`; configure the two that belong together
        error: ovgs.toml:22: `issuers.certificates`: the file `other.pem` cannot be read: No such file or directory (os error 2)
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
    site.configure("listen =", "lisen =");
    expect![[r#"
        error: ovgs.toml:3: `server.lisen` is not a known key; the nearest one is `server.listen`
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
    assert_eq!(site.run(&["org", "list"]).code, 1, "every command refuses it");
}

#[test]
fn cl13_warnings_say_what_works_but_should_be_known() {
    let site = Site::with_orgs();
    let ran =
        site.run_with_input(&["component", "import", "-", "--org", "org-acmeco"], "ien,serial_number\n9,A\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    site.configure("iens = [\"9\"]", "iens = [\"11\"]");
    site.configure("[tokens]", "[limits]\nmax_voucher_lifetime = \"20000d\"\n[tokens]");
    let ran = site.run(&["config", "check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "ovgs.toml is good\n"));
    expect![[r#"
        warning: ovgs.toml:18: the signer of `main` ends on 2050-01-01, before vouchers of `limits.max_voucher_lifetime` do; renew it
        warning: ovgs.toml:24: the signer of `other` ends on 2050-01-01, before vouchers of `limits.max_voucher_lifetime` do; renew it
        warning: ovgs.toml: there are parts of the manufacturer 9, which no issuer serves; add it to an issuer's `iens`
        warning: ovgs.toml: the support organization `org-vendor` does not exist; create it, or take it off `security.support_orgs`
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn cl13_an_issuer_of_tokens_that_is_down_is_a_warning() {
    let site = Site::with_database();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let identity = format!(
        "[[identity.oidc]]\nissuer = \"http://{closed}\"\nallow_http = true\naudiences = [\"ovgs\"]\n\
         organization = \"org-acmeco\"\n[tokens]"
    );
    site.configure("[tokens]", &identity);
    let ran = site.run(&["config", "check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "ovgs.toml is good\n"));
    let warning = format!(
        "ovgs.toml:9: the keys of `http://{closed}` cannot be fetched now, so none of its tokens counts"
    );
    assert!(ran.stderr.contains(&warning), "{}", ran.stderr);
    site.configure("allow_http = true\n", "");
    let refused = site.refused(&["config", "check"]);
    assert!(refused.contains("is no `https` URL; `http` is for loopback addresses alone"), "{refused}");
}

#[test]
fn cl14_the_file_is_found_by_option_variable_or_in_the_folder() {
    let site = Site::with_orgs();
    std::fs::rename(site.path("ovgs.toml"), site.path("elsewhere.toml")).unwrap();
    expect![[r#"
        error: ovgs.toml: there is no such configuration file; name one with `--config`, or begin one with `ovgs-server config example`
    "#]]
    .assert_eq(&site.refused(&["org", "list"]));
    let ran = finish(site.command(&["org", "list"]).env("OVGS_CONFIG", "elsewhere.toml"), b"");
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 2));
    assert_eq!(site.done(&["org", "list", "--config", "elsewhere.toml"]).lines().count(), 2);
    let ran = finish(
        site.command(&["org", "list", "--config", "elsewhere.toml"]).env("OVGS_CONFIG", "nowhere"),
        b"",
    );
    assert_eq!(ran.code, 0);
}

#[test]
fn cl15_variables_stand_over_the_file() {
    let site = Site::new();
    let ran = finish(site.command(&["db", "migrate"]).env("OVGS__STORE__PATH", "other.db"), b"");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(site.path("other.db").exists() && !site.path("ovgs.db").exists());
    let ran = finish(site.command(&["db", "migrate"]).env("OVGS__STORE__PTAH", "other.db"), b"");
    assert_eq!(ran.code, 1);
    expect![[r#"
        error: environment variable `OVGS__STORE__PTAH`: names no key; the nearest variable is `OVGS__STORE__PATH`
    "#]]
    .assert_eq(&ran.stderr);
}

#[test]
fn cl16_the_database_is_made_and_brought_up_to_date_by_hand() {
    let site = Site::with_database();
    assert_eq!(site.done(&["db", "migrate"]), "unchanged\n");
    site.configure("[tokens]", "[store]\npath = \"nowhere/ovgs.db\"\n[tokens]");
    expect![[r#"
        error: cannot open the database `nowhere/ovgs.db`: there is no directory `nowhere`
    "#]]
    .assert_eq(&site.refused(&["db", "migrate"]));
}

#[test]
fn cl17_keys_that_others_can_read_are_refused() {
    let site = Site::with_database();
    site.done(&["org", "create", "org-vendor"]);
    for key in ["server.key", "token.key", "main.key"] {
        std::fs::set_permissions(site.path(key), std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .unwrap();
    }
    expect![[r#"
        error: ovgs.toml:5: key file `server.key` is open to others than its owner (mode 0640); run `chmod 600 server.key`
        error: ovgs.toml:9: key file `token.key` is open to others than its owner (mode 0640); run `chmod 600 token.key`
        error: ovgs.toml:15: key file `main.key` is open to others than its owner (mode 0640); run `chmod 600 main.key`
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
    assert_eq!(site.refused(&["serve"]).lines().count(), 1);
}

#[test]
fn cl18_a_file_that_is_to_blame_is_named_where_it_was_configured() {
    let site = Site::with_database();
    site.done(&["org", "create", "org-vendor"]);
    for key in ["server.key", "main.key"] {
        site.write_private(key, "no key");
    }
    expect![[r#"
        error: ovgs.toml:5: `server.key`: there is no private key: no items found; expected PEM of PKCS#8, SEC1 or PKCS#1, not encrypted
        error: ovgs.toml:15: `main.key`: not a private key this signer can use; give P-256, P-384 or RSA as PKCS#8, SEC1 or PKCS#1, in PEM or DER
    "#]]
    .assert_eq(&site.refused(&["config", "check"]));
    site.write("server.pem", "no certificate");
    site.write_private("elsewhere.key", &new_key().serialize_pem());
    let check = &mut site.command(&["config", "check"]);
    let ran = finish(check.env("OVGS__SERVER__TLS_KEY", "nowhere.key"), b"");
    assert!(
        ran.stderr.starts_with("error: environment variable `OVGS__SERVER__TLS_KEY`: "),
        "{}",
        ran.stderr
    );
    let refused = site.refused(&["config", "check"]);
    assert!(refused.contains("ovgs.toml:4: `server.pem`: there is no certificate; "), "{refused}");
}

#[test]
fn cl19_reading_makes_no_database_and_none_is_left_open() {
    let site = Site::new();
    site.write("parts.csv", "ien,serial_number\n30065,A\n");
    for arguments in [
        &["org", "list"][..],
        &["org", "show", "org-a"],
        &["user", "list"],
        &["token", "list"],
        &["component", "export"],
        &["component", "show", "30065", "A"],
        &["component", "import", "parts.csv", "--org", "org-a", "--dry-run"],
        &["audit", "list"],
        &["audit", "export"],
        &["voucher", "list"],
    ] {
        assert_eq!(
            site.refused(arguments),
            "error: there is no database `ovgs.db`; correct `store.path`, or make one with `ovgs-server db migrate`\n",
            "{arguments:?}"
        );
        assert!(!site.path("ovgs.db").exists(), "{arguments:?}");
    }
    let alone = |after: &str| assert!(!site.path("ovgs.db-wal").exists(), "a log is left after {after}");
    site.done(&["org", "create", "org-acmeco"]);
    alone("a command");
    site.refused(&["org", "show", "org-nobody"]);
    alone("one that is refused");
    site.done(&["db", "migrate"]);
    alone("a migration");
    site.run(&["config", "check"]);
    alone("a check");
}

#[test]
fn cl96_an_encrypted_key_is_opened_with_its_passphrase() {
    let site = Site::with_database();
    site.done(&["org", "create", "org-vendor"]);
    let key = std::fs::read_to_string(site.path("main.key")).unwrap();
    site.write_private("main.key", &encrypted(&key, b"secret"));
    let problem = |site: &Site| site.refused(&["config", "check"]);
    expect![[r#"
        error: ovgs.toml:15: the key in `main.key` is encrypted; say where its passphrase is with `issuers.key_passphrase_file` or `issuers.key_passphrase_env`
    "#]]
    .assert_eq(&problem(&site));

    site.configure("key = \"main.key\"\n", "key = \"main.key\"\nkey_passphrase_file = \"main.pass\"\n");
    expect![[r#"
        error: ovgs.toml:16: passphrase file `main.pass` cannot be read: No such file or directory (os error 2); check the path and its permissions
    "#]]
    .assert_eq(&problem(&site));
    site.write_private("main.pass", "Secret\n");
    expect![[r#"
        error: ovgs.toml:16: `main.key`: the passphrase does not open the private key; check both
    "#]]
    .assert_eq(&problem(&site));
    site.write_private("main.pass", "secret\nfor the main signer\n");
    assert_eq!(site.done(&["config", "check"]), "ovgs.toml is good\n");

    site.configure("key_passphrase_file = \"main.pass\"", "key_passphrase_env = \"MAIN_PASS\"");
    expect![[r#"
        error: ovgs.toml:16: environment variable `MAIN_PASS` holds no passphrase; set it, in UTF-8
    "#]]
    .assert_eq(&problem(&site));
    let ran = finish(site.command(&["config", "check"]).env("MAIN_PASS", "secret"), b"");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "ovgs.toml is good\n", ""));

    site.write_private("main.key", &key);
    let ran = finish(site.command(&["config", "check"]).env("MAIN_PASS", "secret"), b"");
    assert!(ran.stderr.contains("ovgs.toml:16: `main.key`: a passphrase is given, but"), "{}", ran.stderr);
}

/// The same key in PEM under a passphrase.
fn encrypted(pem: &str, passphrase: &[u8]) -> String {
    let der = rcgen::KeyPair::from_pem(pem).unwrap().serialize_der();
    let form = pkcs8::pkcs5::pbes2::Parameters::pbkdf2_sha256_aes256cbc(1000, &[1; 16], &[2; 16]).unwrap();
    let key = pkcs8::PrivateKeyInfo::try_from(der.as_slice()).unwrap();
    let der = key.encrypt_with_params(form, passphrase).unwrap();
    let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.as_bytes());
    format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n")
}
