mod identity;

use expect_test::{Expect, expect};

use super::*;

fn problems(text: &str, variables: &[(&str, &str)]) -> String {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(text, "ovgs.toml".as_ref(), variables).expect_err("problems").to_string()
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&problems(text, &[]));
}

fn read(text: &str, variables: &[(&str, &str)]) -> Config {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::read(text, "/etc/ovgs/ovgs.toml".as_ref(), variables).expect("a configuration")
}

#[test]
fn cf01_an_empty_file_is_the_defaults() {
    let config = read("", &[]);
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:9443");
    assert_eq!(config.limits.max_response_bytes.get(), 4_194_304);
    assert_eq!(config.limits.max_request_bytes.get(), 4_194_304);
    assert_eq!(config.limits.max_batch.get(), 500);
    assert_eq!(config.limits.max_concurrent_calls.get(), 1024);
    assert_eq!(config.limits.max_voucher_lifetime, None);
    assert_eq!(config.limits.max_calls_per_caller, None);
    assert!(config.store.auto_migrate);
    assert!(!config.security.conceal_foreign && !config.users.strict && !config.server.plaintext);
    assert_eq!(config.store.path.to_str(), Some("/etc/ovgs/ovgs.db"));
}

#[test]
fn cf02_the_example_loads_and_holds_every_key() {
    let config = read(EXAMPLE, &[]);
    assert!(config.security.conceal_foreign);
    assert_eq!(config.issuers.len(), 1);
    for (section, keys) in known::all_sections().chain(known::tables()) {
        for key in keys {
            let stands =
                EXAMPLE.lines().any(|line| line.trim_start_matches('#').starts_with(&format!("{key} = ")));
            assert!(stands, "`{section}.{key}` is not in the example");
        }
    }
}

#[test]
fn cf02_the_example_of_a_signer_loads_and_holds_every_key() {
    let config = SignerFile::read(SIGNER_EXAMPLE, "/etc/ovgs/signer.toml".as_ref()).expect("a configuration");
    assert_eq!(config.server.tls_key.to_str(), Some("/etc/ovgs/signer.key"));
    assert!(matches!(config.keys[0].signer(), Some(SignerConfig::File(_))));
    let keys = [
        known::keys_of::<SignerServer>(),
        known::keys_of::<Log>(),
        known::keys_of::<NamedKey>(),
        known::keys_of::<Pkcs11Key>(),
    ];
    for key in keys.concat() {
        let is_it = |line: &str| line.trim_start_matches('#').starts_with(&format!("{key} = "));
        assert!(SIGNER_EXAMPLE.lines().any(is_it), "`{key}` is not in the example");
    }
}

#[test]
fn cf02_what_is_commented_out_in_the_example_loads_too() {
    let config = read(&example(None), &[]);
    assert_eq!(config.limits.max_calls_per_caller.map(std::num::NonZero::get), Some(100));
    assert_eq!(config.compat.default_ien.map(|ien| ien.number()), Some(30065));
    let signer = |kind| read(&example(Some(kind)), &[]).issuers[0].signer();
    assert!(matches!(signer("pkcs11"), Some(SignerConfig::Pkcs11(key)) if key.token_label == "ovgs"));
    assert!(matches!(signer("remote"), Some(SignerConfig::Remote(key)) if key.timeout.num_seconds() == 5));
}

/// The example with all of its keys, and with one of the sections that may stand in the place of a key file.
fn example(instead_of_key: Option<&str>) -> String {
    let sections = known::all_sections().chain(known::tables());
    let keys: Vec<&str> = sections.flat_map(|(_, keys)| keys.iter().copied()).collect();
    let is_key = |line: &str| keys.iter().any(|key| line.starts_with(&format!("{key} = ")));
    let mut section = None;
    let mut lines = Vec::new();
    for line in EXAMPLE.lines() {
        let bare = line.strip_prefix('#').unwrap_or(line);
        // What stands in the place of something else.
        if bare.starts_with("jwks_file")
            || bare.starts_with("organization = ")
            || bare.starts_with("dns = ")
            || bare.starts_with("subject = ")
        {
            continue;
        }
        if bare.starts_with("[identity")
            || bare.starts_with("[[identity")
            || bare.starts_with('"')
            || bare.starts_with("tenant = ")
            || bare.starts_with("client_ca")
        {
            lines.push(bare);
            continue;
        }
        section = bare.strip_prefix("[issuers.").and_then(|name| name.strip_suffix(']')).or(section);
        match section {
            None if instead_of_key.is_some() && bare.starts_with("key") => {}
            None if bare.starts_with("engine = ") => lines.push("engine = \"postgres\""),
            // The passphrase has two places and the database two ways to say where it is, of which one is shown.
            None if is_key(bare)
                && !bare.starts_with("key_passphrase_env")
                && !bare.starts_with("url = ") =>
            {
                lines.push(bare);
            }
            Some(_) if section == instead_of_key && !bare.starts_with("pin_env") => {
                lines.push(if is_key(bare) || bare.starts_with('[') { bare } else { line });
            }
            Some(_) => {}
            None => lines.push(line),
        }
    }
    lines.join("\n")
}

#[test]
fn cf03_an_unknown_key_names_line_and_nearest_key() {
    check(
        "[server]\nlisten = '127.0.0.1:1'\n\n[limits]\nmax_bach = 7\nlisten = 1\n",
        &expect![[r#"
            ovgs.toml:5: `limits.max_bach` is not a known key; the nearest one is `limits.max_batch`
            ovgs.toml:6: `limits.listen` is not a known key; `listen` belongs to the section `server`"#]],
    );
    check(
        "listen = 1\n[servers]\n[issuers]\n",
        &expect![[r#"
            ovgs.toml:1: `listen` stands in no section; it belongs to the section `server`
            ovgs.toml:2: `servers` is not a known section; the nearest one is `server`
            ovgs.toml:3: `issuers` is a list: begin each issuer with `[[issuers]]`"#]],
    );
    check("server = 3\n", &expect!["ovgs.toml:1: `server` is a section: write `[server]`"]);
    check(
        "[[issuers]]\nname = 'a'\niens = [1]\nkey = 'k'\ncertificates = 'c'\ncertificats = 'c'\n",
        &expect![
            "ovgs.toml:6: `issuers.certificats` is not a known key; the nearest one is `issuers.certificates`"
        ],
    );
}

#[test]
fn cf04_a_wrong_value_names_line_and_what_to_write() {
    check(
        r#"
[server]
listen = "localhost:9443"
plaintext = "yes"
[store]
engine = "oracle"
[security]
support_orgs = ["vendor"]
[limits]
max_batch = 0
max_response_bytes = 1000
max_voucher_lifetime = "3 months"
max_calls_per_caller = -1
[compat]
default_ien = "030065"
[log]
format = "xml"
level = "loud!"
"#,
        &expect![[r#"
            ovgs.toml:3: `server.listen` must be an address and a port such as `127.0.0.1:9443`, not `localhost:9443`
            ovgs.toml:4: `server.plaintext` must be a boolean, not string "yes"
            ovgs.toml:6: `store.engine` must be `sqlite` or `postgres`, not `oracle`
            ovgs.toml:8: `security.support_orgs` must be a list of organization ids: `vendor` is not an organization id, which is `org-` and a name
            ovgs.toml:10: `limits.max_batch` must be a whole number of at least 1, not integer `0`
            ovgs.toml:11: `limits.max_response_bytes` is 1000; write at least 65536 (64 KiB)
            ovgs.toml:12: `limits.max_voucher_lifetime` must be a duration: `3 months` is not a duration: write a whole number and `s`, `m`, `h` or `d`, such as `90d`
            ovgs.toml:13: `limits.max_calls_per_caller` must be a whole number of at least 1, not integer `-1`
            ovgs.toml:15: `compat.default_ien` must be an enterprise number: `030065` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295
            ovgs.toml:17: `log.format` must be `text` or `json`, not `xml`
            ovgs.toml:18: `log.level` is `loud!`; write `error`, `warn`, `info`, `debug` or `trace`"#]],
    );
}

#[test]
fn cf05_what_is_no_toml_names_the_line() {
    check("[server]\nlisten 3\n", &expect!["ovgs.toml:2: this is not TOML: key with no value, expected `=`"]);
    check("[log]\n[log]\n", &expect!["ovgs.toml:2: this is not TOML: duplicate key"]);
}

#[test]
fn cf06_values_that_contradict_each_other_name_a_line() {
    check(
        "[server]\ntls_certificate = 'a'\n",
        &expect!["ovgs.toml:2: `server.tls_certificate` is set; set `server.tls_key` as well"],
    );
    check(
        "[server]\ntls_certificate = 'a'\ntls_key = 'b'\nplaintext = true\n",
        &expect!["ovgs.toml:4: `server.plaintext` is on and a TLS certificate is set; remove one of them"],
    );
    check(
        "[compat]\ndefault_ien = 7\n",
        &expect!["ovgs.toml:2: `compat.default_ien` is 7, which no issuer serves; write one of their `iens`"],
    );
    check("[tokens]\nissuer = ''\n", &expect!["ovgs.toml:2: `tokens.issuer` must not be empty"]);
}

#[test]
fn cf07_issuers_are_held_against_each_other() {
    check(
        r#"
[[issuers]]
name = "one"
iens = ["30065", 2636]
key = "k"
certificates = "c"

[[issuers]]
name = "one"
iens = ["2636"]
key = "k"
certificates = "c"
profile = "cms"
assertion = "proximity"
created_on_backdate = "-5m"

[[issuers]]
state = "gone"
"#,
        &expect![[r#"
            ovgs.toml:9: there are two issuers `one`; give each its own name
            ovgs.toml:10: the issuers `one` and `one` are both active for 2636; write `state = "retired"` for one
            ovgs.toml:13: `issuers.profile` must be `rfc8366` or `pkcs7`, not `cms`
            ovgs.toml:14: `issuers.assertion` must be `verified` or `logged`, not `proximity`
            ovgs.toml:15: `issuers.created_on_backdate` must be a duration: `-5m` is not a duration: write a whole number and `s`, `m`, `h` or `d`, such as `90d`
            ovgs.toml:17: `issuers.name` is missing; give the issuer a name
            ovgs.toml:17: `issuers.iens` is missing; list the enterprise numbers it signs for
            ovgs.toml:17: `issuers.certificates` is missing; name the PEM file with the signing certificate and its chain
            ovgs.toml:17: `issuers.key` is missing; name the key's file, or say where else the key is with `[issuers.pkcs11]` or `[issuers.remote]`, or write `state = "retired"`
            ovgs.toml:18: `issuers.state` must be `active` or `retired`, not `gone`"#]],
    );
}

#[test]
fn cf08_variables_stand_over_the_file() {
    let config = read(
        "[server]\nlisten = '127.0.0.1:1'\nplaintext = false\n",
        &[
            ("OVGS__SERVER__LISTEN", "0.0.0.0:9443"),
            ("OVGS__SERVER__PLAINTEXT", "true"),
            ("OVGS__TOKENS__ISSUER", "30065"),
            ("OVGS__SECURITY__SUPPORT_ORGS", r#"["org-vendor"]"#),
            ("OVGS__LIMITS__MAX_BATCH", "7"),
            ("OVGS__STORE__PATH", "elsewhere.db"),
            ("OVGS_CONFIG", "not an override"),
            ("PATH", "/bin"),
        ],
    );
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:9443");
    assert!(config.server.plaintext);
    assert_eq!(config.tokens.issuer, "30065");
    assert_eq!(config.security.support_orgs.len(), 1);
    assert_eq!(config.limits.max_batch.get(), 7);
    assert_eq!(config.store.path.to_str(), Some("/etc/ovgs/elsewhere.db"));
}

#[test]
fn cf09_a_variable_that_is_wrong_or_unknown_is_a_problem() {
    let variables = [
        ("OVGS__SERVER__LSITEN", "x"),
        ("OVGS__SERVER__LISTEN", "x"),
        ("OVGS__USERS__STRICT", "perhaps"),
        ("OVGS__LIMITS__MAX_RESPONSE_BYTES", "9"),
    ];
    expect![[r#"
        environment variable `OVGS__SERVER__LSITEN`: names no key; the nearest variable is `OVGS__SERVER__LISTEN`
        environment variable `OVGS__SERVER__LISTEN`: `server.listen` must be an address and a port such as `127.0.0.1:9443`, not `x`
        environment variable `OVGS__USERS__STRICT`: `users.strict` must be a boolean, not string "perhaps"
        environment variable `OVGS__LIMITS__MAX_RESPONSE_BYTES`: `limits.max_response_bytes` is 9; write at least 65536 (64 KiB)"#]]
    .assert_eq(&problems("", &variables));
}

#[test]
fn cf10_long_values_are_cut_short() {
    let long = "x".repeat(10_000);
    let said = problems(&format!("[server]\nlisten = '{long}'\nplaintext = '{long}'\n{long} = 1\n"), &[]);
    assert!(said.lines().count() == 3 && said.lines().all(|line| line.len() < 300), "{said}");
}

#[test]
fn cf11_no_path_may_be_empty() {
    check(
        "[server]\ntls_certificate = ''\ntls_key = ''\nclient_ca = ''\n[store]\npath = ''\n[tokens]\nsigning_key = ''\n\
         [[issuers]]\nname = 'a'\niens = ['9']\nkey = ''\ncertificates = ''\n",
        &expect![[r#"
            ovgs.toml:2: `server.tls_certificate` must not be empty
            ovgs.toml:3: `server.tls_key` must not be empty
            ovgs.toml:4: `server.client_ca` must not be empty
            ovgs.toml:6: `store.path` must not be empty
            ovgs.toml:8: `tokens.signing_key` must not be empty
            ovgs.toml:12: `issuers.key` must not be empty
            ovgs.toml:13: `issuers.certificates` is missing; name the PEM file with the signing certificate and its chain"#]],
    );
    let variables = [("OVGS__STORE__PATH", "")];
    expect!["environment variable `OVGS__STORE__PATH`: `store.path` must not be empty"]
        .assert_eq(&problems("", &variables));
}

#[test]
fn cf12_created_on_lies_an_hour_back_at_most() {
    let issuer =
        "[[issuers]]\nname = 'a'\niens = ['9']\nkey = 'k'\ncertificates = 'c'\ncreated_on_backdate = ";
    assert_eq!(read(&format!("{issuer}'60m'\n"), &[]).issuers[0].created_on_backdate.num_hours(), 1);
    check(
        &format!("{issuer}'61m'\n"),
        &expect!["ovgs.toml:6: `issuers.created_on_backdate` is more than an hour; write at most `1h`"],
    );
}

#[test]
fn cf13_a_value_that_is_wrong_is_one_problem() {
    check(
        "[[issuers]]\nname = 'a'\niens = ['x']\nkey = 'k'\ncertificates = 'c'\n",
        &expect![
            "ovgs.toml:3: `issuers.iens` must be an enterprise number: `x` is not an IANA enterprise number: decimal digits without sign or leading zero, 1 to 4294967295"
        ],
    );
}

#[test]
fn cf14_a_list_is_shown_as_one_writes_it_there() {
    check(
        "[security]\nsupport_orgs = 'org-x'\n",
        &expect![[
            r#"ovgs.toml:2: `security.support_orgs` must be a list of organization ids, such as `["org-vendor"]`"#
        ]],
    );
    let variables = [("OVGS__SECURITY__SUPPORT_ORGS", "org-x")];
    expect![[r#"environment variable `OVGS__SECURITY__SUPPORT_ORGS`: `security.support_orgs` must be a list of organization ids, such as `'["org-vendor"]'`"#]]
    .assert_eq(&problems("", &variables));
}

#[test]
fn cf15_an_issuer_has_one_key_in_one_place() {
    let issuer = "[[issuers]]\nname = 'a'\niens = ['9']\ncertificates = 'c'\n";
    check(
        &format!(
            "{issuer}key = 'k'\nkey_passphrase_file = 'p'\nkey_passphrase_env = 'P'\n\
             [issuers.pkcs11]\nmodule = 'm'\ntoken_label = 't'\nkey_label = 'k'\npin_file = 'p'\npin_env = 'P'\n"
        ),
        &expect![[r#"
            ovgs.toml:7: `issuers.key_passphrase_file` and `issuers.key_passphrase_env` are both set; remove one
            ovgs.toml:8: `issuers.key` and `issuers.pkcs11` both say where the key is; remove one
            ovgs.toml:13: `issuers.pkcs11.pin_file` and `issuers.pkcs11.pin_env` are both set; remove one"#]],
    );
    check(
        &format!(
            "{issuer}key_passphrase_env = 'P'\npkcs11 = 'm'\n[issuers.remote]\nendpoint = 'http://h:1'\n"
        ),
        &expect![[r#"
            ovgs.toml:5: `issuers.key_passphrase_env` is the passphrase of a key file; set `issuers.key` as well, or remove it
            ovgs.toml:6: `issuers.pkcs11` is a section: write `[issuers.pkcs11]`
            ovgs.toml:7: `issuers.remote.ca` is missing; name the PEM file of the authority that made the certificate of that machine
            ovgs.toml:7: `issuers.remote.certificate` is missing; name the PEM file of the certificate to show there
            ovgs.toml:7: `issuers.remote.key` is missing; name the PEM file of the certificate's key
            ovgs.toml:7: `issuers.remote.key_name` is missing; give the name that the signing key has there
            ovgs.toml:8: `issuers.remote.endpoint` must be `https://`, host and port alone, not `http://h:1`"#]],
    );
    check(
        &format!(
            "{issuer}[issuers.pkcs11]\nmodul = 'm'\n[issuers.file]\nkey = 'k'\n[server.listen]\nport = 1\n"
        ),
        &expect![[r#"
            ovgs.toml:5: `issuers.pkcs11.module` is missing; name the library of the PKCS#11 module
            ovgs.toml:5: `issuers.pkcs11.token_label` is missing; give the label of the token that has the key
            ovgs.toml:5: `issuers.pkcs11.key_label` is missing; give the label of the private key
            ovgs.toml:5: `issuers.pkcs11.pin_file` is missing; name the file with the user's PIN, or a variable that holds it with `pin_env`
            ovgs.toml:6: `issuers.pkcs11.modul` is not a known key; the nearest one is `issuers.pkcs11.module`
            ovgs.toml:7: `issuers.file` is not a known key; the nearest one is `issuers.name`
            ovgs.toml:9: `server.listen` is no section: write `listen = …` under `server`"#]],
    );
}

#[test]
fn cf16_paths_of_signers_are_relative_to_the_file() {
    let text =
        "[[issuers]]\nname = 'a'\niens = ['9']\ncertificates = 'c'\nkey = 'k'\nkey_passphrase_file = 'p'\n";
    let Some(SignerConfig::File(key)) = read(text, &[]).issuers[0].signer() else { panic!("a key file") };
    assert_eq!(key.path.to_str(), Some("/etc/ovgs/k"));
    assert_eq!(key.passphrase, Some(SecretSource::File("/etc/ovgs/p".into())));
    let Some(SignerConfig::Pkcs11(key)) = read(&example(Some("pkcs11")), &[]).issuers[0].signer() else {
        panic!("a token")
    };
    assert_eq!(key.pin(), Some(SecretSource::File("/etc/ovgs/voucher-token.pin".into())));
}

#[test]
fn cf17_who_provisions_and_where_belong_together() {
    let named = "principals = [\"org-vendor/service-account/erp\"]\n";
    let config = read(&format!("[provisioning]\n{named}on_main = true"), &[]);
    assert_eq!(config.provisioning.principals.len(), 1);
    let texts = [
        "[provisioning]\non_main = true".to_owned(),
        format!("[provisioning]\n{named}"),
        format!("[provisioning]\n{named}on_main = true\nlisten = \"127.0.0.1:1\""),
        format!("[server]\nlisten = \"127.0.0.1:1\"\n[provisioning]\n{named}listen = \"127.0.0.1:1\""),
        "[provisioning]\nprincipals = [\"erp\"]".to_owned(),
        "[accounts]\nmin_token_ttl = \"2d\"\nmax_token_ttl = \"1d\"".to_owned(),
    ];
    let said: String = texts.iter().map(|text| problems(text, &[]) + "\n").collect();
    expect![[r#"
        ovgs.toml:1: `provisioning.principals` names nobody, so nobody could provision; name somebody
        ovgs.toml:2: `provisioning.principals` names somebody, but nothing is served to them; set `provisioning.listen`, or write `on_main = true`
        ovgs.toml:3: `provisioning.listen` is set and `provisioning.on_main` is on; remove one of them
        ovgs.toml:5: `provisioning.listen` is `server.listen` as well; write `on_main = true` instead
        ovgs.toml:2: `provisioning.principals` must be a list of users: `erp` is not a user such as `org-vendor/user/ann` or `org-vendor/service-account/erp`
        ovgs.toml:2: `accounts.min_token_ttl` is longer than `accounts.max_token_ttl`; make it shorter
    "#]].assert_eq(&said);
}
