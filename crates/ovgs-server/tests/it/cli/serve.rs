//! `serve`, and what keeps it from serving.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

use expect_test::expect;
use ovgs_proto::{
    provisioning::v1::{ListOrgsRequest, provisioning_service_client::ProvisioningServiceClient},
    v1::{GetGroupRequest, ownership_voucher_service_client::OwnershipVoucherServiceClient},
};
use tonic::{
    Code,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use super::site::{Site, new_key};
use crate::support::with_token;

/// A server that has said `ready`; killed when dropped.
pub(crate) struct Running {
    child: Child,
    /// Everything up to and with the line of `ready`.
    pub(crate) said: Vec<String>,
    _stdout: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        Running::start_logging(command, Stdio::null())
    }

    /// As [`Running::start`], with its log lines kept.
    pub(crate) fn start_logging(command: &mut Command, log: impl Into<Stdio>) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.starts_with("ready")) {
            let mut line = String::new();
            assert_ne!(
                stdout.read_line(&mut line).unwrap(),
                0,
                "the server ended before it was ready: {said:?}"
            );
            said.push(line.trim_end().to_owned());
        }
        Running { child, said, _stdout: stdout }
    }

    /// Sends a signal and waits for the end; the exit code.
    pub(crate) fn stop(mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.child.wait().unwrap().code()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        // The shell's own `kill`, since the program of that name is not installed everywhere.
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// What stands behind a word on standard output, such as `ready: `.
    pub(crate) fn told(&self, word: &str) -> &str {
        self.said.iter().find_map(|line| line.strip_prefix(word)).expect(word)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if the server has ended already, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn cl60_it_says_ready_makes_its_database_and_ends_with_a_signal() {
    let site = Site::new();
    for signal in ["TERM", "INT"] {
        let server = Running::start(&mut site.command(&["serve"]));
        assert!(server.said[0].starts_with("ready: https://127.0.0.1:"), "{:?}", server.said);
        assert_eq!(site.done(&["org", "list"]), "", "commands work beside it");
        assert_eq!(server.stop(signal), Some(0));
        assert!(!site.path("ovgs.db-wal").exists(), "everything is in the one file");
    }
}

#[test]
fn cl61_what_is_wrong_is_said_before_anything_is_served() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let site = Site::new();
    site.configure("127.0.0.1:0", &address.to_string());
    assert_eq!(
        site.refused(&["serve"]).lines().last().unwrap(),
        format!(
            "error: cannot listen on `{address}`: another program uses the port; stop it, or listen elsewhere"
        )
    );

    site.write_private("main.key", &new_key().serialize_pem());
    let refused = site.refused(&["serve"]);
    assert!(refused.contains("ovgs.toml:16: the signer's key is not the one in certificate"), "{refused}");
    site.write_private("server.key", &new_key().serialize_pem());
    let refused = site.refused(&["serve"]);
    assert!(
        refused.contains("ovgs.toml:5: the private key `server.key` does not fit the certificate"),
        "{refused}"
    );
    site.configure("tls_certificate = \"server.pem\"\ntls_key = \"server.key\"\n", "");
    let refused = site.refused(&["serve"]);
    assert!(refused.contains("there is no TLS certificate; set `server.tls_certificate`"), "{refused}");
}

#[test]
fn cl62_a_database_of_another_version_is_refused() {
    let site = Site::new();
    site.configure("[tokens]", "[store]\nauto_migrate = false\n[tokens]");
    let refused = site.refused(&["serve"]);
    assert_eq!(
        refused,
        "error: the database lacks the migration `0001_initial`; run `ovgs-server db migrate`\n"
    );

    // Made by hand: its table of migrations knows `9999_from_the_future`.
    site.write("newer.db", include_bytes!("newer.db"));
    site.configure("auto_migrate = false", "path = \"newer.db\"");
    for arguments in [&["serve"][..], &["db", "migrate"], &["org", "list"], &["config", "check"]] {
        expect![[r#"
            error: the database was made by a newer version: its schema is `9999_from_the_future`, the newest one known here is `0001_initial`; run that version, or restore a backup
        "#]]
        .assert_eq(&site.refused(arguments));
    }
}

#[test]
fn cl63_a_key_that_others_can_read_is_refused() {
    let site = Site::new();
    std::fs::set_permissions(site.path("main.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .unwrap();
    let refused = site.refused(&["serve"]);
    assert!(refused.contains("ovgs.toml:15: key file `main.key` is open to others"), "{refused}");
}

#[test]
fn cl64_log_lines_are_json_if_that_is_asked_for() {
    let site = Site::new();
    let log = std::fs::File::create(site.path("log")).unwrap();
    let command = &mut site.command(&["serve"]);
    let server = Running::start_logging(command.env("OVGS__LOG__FORMAT", "json"), log);
    assert_eq!(server.stop("TERM"), Some(0));
    let log = std::fs::read_to_string(site.path("log")).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "ready"), "{log}");
}

#[test]
fn cl65_a_database_that_cannot_be_written_is_refused() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    let site = Site::with_database();
    std::fs::set_permissions(site.path("ovgs.db"), PermissionsExt::from_mode(0o400)).unwrap();
    let mut serve = site.command(&["serve"]);
    if std::fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
    {
        // Root may write anything, so somebody else has to try, in a folder and with a program of its own.
        let program = site.path("ovgs-server");
        // Copied by another process: a file that a fork of this one still holds open for writing cannot be started.
        let copy = [env!("CARGO_BIN_EXE_ovgs-server").as_ref(), program.as_os_str()];
        assert!(std::process::Command::new("cp").args(copy).status().unwrap().success());
        let files = std::fs::read_dir(site.path("")).unwrap().map(|entry| entry.unwrap().path());
        for path in files.chain([site.path("")]) {
            std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
        }
        serve = std::process::Command::new(program);
        serve.arg("serve").current_dir(site.path("")).env_clear().uid(65534).gid(65534);
    }
    let ran = super::site::finish(&mut serve, b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(
        ran.stderr,
        "error: cannot open the database `ovgs.db`: the file or its directory is not writable\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_is_served_on_a_listener_of_its_own() {
    let site = Site::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let principals = "[provisioning]\nprincipals = [\"org-vendor/service-account/erp\"]\n";
    site.configure("[tokens]", &format!("{principals}listen = \"{free}\"\n[tokens]"));
    let erp = ["--org", "org-vendor", "--type", "service-account", "erp"];
    site.done(&["db", "migrate"]);
    site.done(&["org", "create", "org-vendor"]);
    site.done(&[&["user", "add"][..], &erp].concat());
    let token = site.done(&[&["token", "issue"][..], &erp].concat());
    let server = Running::start(&mut site.command(&["serve"]));
    let main = server.said[0].trim_start_matches("ready: ").to_owned();

    let ca = std::fs::read(site.path("server.pem")).unwrap();
    let channel = async |endpoint: String| {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&ca)).domain_name("localhost");
        Endpoint::try_from(endpoint).unwrap().tls_config(tls).unwrap().connect().await.unwrap()
    };
    let list = async |endpoint: String| {
        let mut client = ProvisioningServiceClient::new(channel(endpoint).await);
        let listed = client.list_orgs(with_token(ListOrgsRequest {}, token.trim())).await?;
        listed.into_inner().message().await
    };
    let first = list(format!("https://{free}")).await.unwrap().unwrap();
    assert_eq!(first.org_id, "org-vendor");
    assert_eq!(list(main).await.unwrap_err().code(), Code::Unimplemented, "not on the main one");
    let mut operators = OwnershipVoucherServiceClient::new(channel(format!("https://{free}")).await);
    let asked = with_token(GetGroupRequest { group_id: "org-vendor".into() }, token.trim());
    assert_eq!(
        operators.get_group(asked).await.unwrap_err().code(),
        Code::Unimplemented,
        "nor the other way"
    );
    drop(operators);
    assert_eq!(server.stop("TERM"), Some(0));
}
