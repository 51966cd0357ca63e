//! `dev`: everything embedded, made once and reused.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    serve::Running,
    site::{Ran, binary, finish},
};

/// A folder to start `dev` in, with its data in `data`.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("data").join(name)
    }

    fn arguments(listen: &str) -> [&str; 5] {
        ["dev", "--data-dir", "data", "--listen", listen]
    }

    fn start(&self, listen: &str) -> Running {
        Running::start(&mut binary(self.0.path(), &Place::arguments(listen)))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut binary(self.0.path(), arguments), b"")
    }

    /// A provisioning command on the data.
    fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(&[arguments, &["--config", "data/ovgs.toml"]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    }

    fn dev_json(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("dev.json")).unwrap()).unwrap()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

#[test]
fn cl70_one_command_makes_everything() {
    let place = Place::new();
    let server = place.start("127.0.0.1:0");
    let told = place.dev_json();
    let endpoint = told["endpoint"].as_str().unwrap();
    assert!(endpoint.starts_with("https://127.0.0.1:") && !endpoint.ends_with(":0"), "{endpoint}");
    assert_eq!(server.said.last().unwrap(), &format!("ready: {endpoint}"));
    assert!(server.said.iter().any(|line| line.contains("grpcurl")), "commands to paste come first");
    assert_eq!(told["org"], "org-acmeco");
    for key in ["ca", "voucher_trust_anchor", "config"] {
        let path = Path::new(told[key].as_str().unwrap());
        assert!(path.is_absolute() && path.is_file(), "{key}");
    }
    let tokens: Vec<&String> = told["tokens"].as_object().unwrap().keys().collect();
    assert_eq!(tokens, ["admin", "srv-admin"]);
    for entry in fs::read_dir(place.path("")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let private = name.ends_with(".key") || name == "dev.json";
        assert!(!private || mode == 0o600, "{name} has mode {mode:o}");
    }
    assert!(fs::read_to_string(place.path("ovgs.toml")).unwrap().contains("support_orgs = [\"org-vendor\"]"));

    let shown: Value = serde_json::from_str(&place.done(&["org", "show", "org-acmeco", "--json"])).unwrap();
    assert_eq!((shown["components"].as_u64(), shown["users"].as_array().unwrap().len()), (Some(2), 2));
    assert!(place.done(&["component", "show", "30065", "ABC101"]).contains("endorsement_key: "));
    assert!(!place.done(&["component", "show", "30065", "ABC102"]).contains("endorsement_key: "));
    assert_eq!(place.done(&["voucher", "list"]), "", "the self-check leaves nothing behind");
    let ran = place.run(&["config", "check", "--config", "data/ovgs.toml"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(server.stop("TERM"), Some(0));
}

#[test]
fn cl71_a_second_start_reuses_everything() {
    let place = Place::new();
    assert_eq!(place.start("127.0.0.1:0").stop("INT"), Some(0));
    let files = [
        "tls-ca.pem",
        "server.pem",
        "server.key",
        "voucher-root.pem",
        "voucher-signer.pem",
        "token.key",
        "ovgs.toml",
    ];
    let before: Vec<Vec<u8>> = files.iter().map(|name| place.read(name)).collect();
    let part = place.done(&["component", "show", "30065", "ABC101"]);
    let remove = ["user", "remove", "--org", "org-acmeco", "--type", "user", "admin"];
    assert_eq!(place.done(&remove), "removed org-acmeco/user/admin\n");

    let server = place.start("127.0.0.1:0");
    let after: Vec<Vec<u8>> = files.iter().map(|name| place.read(name)).collect();
    assert!(before == after, "nothing was made anew");
    assert_eq!(place.done(&["component", "show", "30065", "ABC101"]), part);
    let tokens = place.dev_json()["tokens"].clone();
    let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(names, ["srv-admin"], "a database with something in it is not seeded again");
    let token = r#"TOKEN=$(sed 's/.*"srv-admin":"\([^"]*\)".*/\1/' "#;
    assert!(server.said.iter().any(|line| line.starts_with(token)), "{:?}", server.said);
    assert_eq!(server.stop("TERM"), Some(0));
    assert!(!place.path("ovgs.db-wal").exists(), "everything is in the one file");

    let remove = ["user", "remove", "--org", "org-acmeco", "--type", "service-account", "srv-admin"];
    place.done(&remove);
    let server = place.start("127.0.0.1:0");
    assert_eq!(server.said.len(), 1, "without a token there is nothing to paste: {:?}", server.said);
}

#[test]
fn cl72_a_second_server_in_the_folder_is_refused() {
    let place = Place::new();
    let server = place.start("127.0.0.1:0");
    let told = place.dev_json();
    let ran = place.run(&Place::arguments("127.0.0.1:0"));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        "error: another server runs in the folder `data`; stop it, or give another `--data-dir`\n"
    );
    assert_eq!(place.dev_json(), told);
    drop(server);
    drop(place.start("127.0.0.1:0"));
}

#[test]
fn cl73_a_port_in_use_is_said_and_nothing_announced() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = place.run(&Place::arguments(&address));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        format!(
            "error: cannot listen on `{address}`: another program uses the port; stop it, or listen elsewhere\n"
        )
    );
    assert!(!place.path("dev.json").exists());
}

#[test]
fn cl74_a_folder_that_cannot_be_made_is_said() {
    let place = Place::new();
    fs::write(place.0.path().join("data"), "a file").unwrap();
    let ran = place.run(&Place::arguments("127.0.0.1:0"));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with("error: the folder `data` cannot be written to: "), "{}", ran.stderr);
}

#[test]
fn cl75_another_address_gets_another_server_certificate_of_the_same_authority() {
    let place = Place::new();
    drop(place.start("127.0.0.1:0"));
    let (ca, certificate) = (place.read("tls-ca.pem"), place.read("server.pem"));
    drop(place.start("127.0.0.2:0"));
    assert_eq!(place.read("tls-ca.pem"), ca);
    assert_ne!(place.read("server.pem"), certificate);
    let renewed = place.read("server.pem");
    drop(place.start("127.0.0.2:0"));
    assert_eq!(place.read("server.pem"), renewed, "one that does is kept");
}

#[test]
fn cl76_a_configuration_that_is_there_is_kept() {
    let place = Place::new();
    drop(place.start("127.0.0.1:0"));
    let text = fs::read_to_string(place.path("ovgs.toml")).unwrap();
    let changed = text.replace("listen = \"127.0.0.1:9443\"", "listen = \"127.0.0.3:0\"");
    fs::write(place.path("ovgs.toml"), &changed).unwrap();
    let server = Running::start(&mut binary(place.0.path(), &["dev", "--data-dir", "data"]));
    assert!(server.said.last().unwrap().starts_with("ready: https://127.0.0.3:"), "{:?}", server.said);
    assert_eq!(fs::read_to_string(place.path("ovgs.toml")).unwrap(), changed);
}

#[test]
fn cl77_a_start_that_broke_off_is_gone_on_with() {
    let place = Place::new();
    drop(place.start("127.0.0.1:0"));
    // As if the first start had been killed after the certificate authority and one organization.
    for name in ["server.pem", "voucher-signer.key", "token.key"] {
        fs::remove_file(place.path(name)).unwrap();
    }
    for (user_type, name) in [("user", "admin"), ("service-account", "srv-admin")] {
        place.done(&["user", "remove", "--org", "org-acmeco", "--type", user_type, name]);
    }
    fs::write(place.path("seeding"), "").unwrap();
    drop(place.start("127.0.0.1:0"));
    assert_eq!(place.dev_json()["tokens"].as_object().unwrap().len(), 2);
    assert!(!place.path("seeding").exists());
}

#[test]
fn cl78_no_token_and_no_key_is_ever_logged() {
    let place = Place::new();
    let log = fs::File::create(place.0.path().join("log")).unwrap();
    let command = &mut binary(place.0.path(), &Place::arguments("127.0.0.1:0"));
    let server = Running::start_logging(command.env("OVGS__LOG__LEVEL", "trace"), log);
    let log = fs::read_to_string(place.0.path().join("log")).unwrap();
    let told = place.dev_json();
    assert!(log.contains("ready"));
    for token in told["tokens"].as_object().unwrap().values() {
        let signature = token.as_str().unwrap().rsplit('.').next().unwrap();
        assert!(!log.contains(signature) && !server.said.iter().any(|line| line.contains(signature)));
    }
    assert!(!log.contains("PRIVATE KEY"));
}
