//! A folder with a configuration, keys and a database of its own, and the binary in it.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ovgs_voucher::Certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber, date_time_ymd,
};
use tempfile::TempDir;

/// What the configuration of a site says beside issuers.
const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
tls_certificate = "server.pem"
tls_key = "server.key"
[security]
support_orgs = ["org-vendor"]
[tokens]
signing_key = "token.key"
"#;

/// Two issuers under roots of their own.
const ISSUERS: &str = r#"
[[issuers]]
name = "main"
manufacturer = "Acme Devices"
iens = ["30065", "2636"]
key = "main.key"
certificates = "main.pem"

[[issuers]]
name = "other"
iens = ["9"]
key = "other.key"
certificates = "other.pem"
"#;

/// A folder with everything that `serve` needs.
#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Site {
    pub(crate) fn new() -> Site {
        let site = Site { folder: TempDir::new().unwrap() };
        site.write("ovgs.toml", format!("{CONFIG}{ISSUERS}"));
        for name in ["main", "other"] {
            site.issuer(name);
        }
        let server =
            rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        site.write("server.pem", server.cert.pem());
        site.write_private("server.key", &server.signing_key.serialize_pem());
        site.write_private("token.key", &new_key().serialize_pem());
        site
    }

    /// As [`Site::new`], with a database.
    pub(crate) fn with_database() -> Site {
        let site = Site::new();
        assert_eq!(site.done(&["db", "migrate"]), "applied 0001_initial\n");
        site
    }

    /// As [`Site::with_database`], with `org-acmeco` and `org-other`.
    pub(crate) fn with_orgs() -> Site {
        let site = Site::with_database();
        site.done(&["org", "create", "org-acmeco", "--description", "Acme"]);
        site.done(&["org", "create", "org-other"]);
        site
    }

    /// Makes a root and a signer; `NAME.pem` is the chain, `NAME.root.pem` its root.
    pub(crate) fn issuer(&self, name: &str) {
        let (root_key, key) = (new_key(), new_key());
        let root = root_params(name);
        let root_pem = root.self_signed(&root_key).unwrap().pem();
        let mut signer = params(&format!("{name} signer"));
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        signer.is_ca = IsCa::ExplicitNoCa;
        let signer_pem = signer.signed_by(&key, &Issuer::from_params(&root, &root_key)).unwrap().pem();
        self.write(&format!("{name}.root.pem"), &root_pem);
        self.write_private(&format!("{name}.root.key"), &root_key.serialize_pem());
        self.write(&format!("{name}.pem"), &(signer_pem + &root_pem));
        self.write_private(&format!("{name}.key"), &key.serialize_pem());
    }

    /// The revocation list of a root, in DER, with these certificates in it since 2021.
    pub(crate) fn crl(&self, name: &str, revoked: &[&Certificate]) -> Vec<u8> {
        let key =
            KeyPair::from_pem(&fs::read_to_string(self.path(&format!("{name}.root.key"))).unwrap()).unwrap();
        let revoked = revoked.iter().map(|certificate| RevokedCertParams {
            serial_number: SerialNumber::from(hex(&certificate.serial())),
            revocation_time: date_time_ymd(2021, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2050, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&Issuer::from_params(&root_params(name), key)).unwrap().der().to_vec()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn write_private(&self, name: &str, text: &str) {
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Changes the configuration.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.path("ovgs.toml")).unwrap();
        assert!(text.contains(from), "the configuration does not say {from}");
        self.write("ovgs.toml", text.replace(from, to));
    }

    /// Runs the binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments), b"")
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
        finish(&mut self.command(arguments), input.as_ref())
    }

    /// Runs a command that succeeds without a word on standard error.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// Runs a command that is refused, and says why.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{arguments:?}: {ran:?}");
        ran.stderr.replace(&format!("{}/", self.folder.path().display()), "")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        binary(self.folder.path(), arguments)
    }
}

/// The binary, in a folder, with a clean environment.
pub(crate) fn binary(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ovgs-server"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

/// Runs to the end.
pub(crate) fn finish(command: &mut Command, input: &[u8]) -> Ran {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It fails if the command ends without reading, which is for the test to judge by the exit code.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn root_params(name: &str) -> CertificateParams {
    let mut root = params(&format!("{name} root"));
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    root
}

fn hex(text: &str) -> Vec<u8> {
    let octet = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    text.as_bytes().chunks(2).map(octet).collect()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2050, 1, 1);
    params
}
