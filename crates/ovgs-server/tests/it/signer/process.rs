//! A signer as a process of its own, and a site whose issuer is there.

use std::path::PathBuf;

use super::{Authority, CLIENT, KEY, Kind, VoucherKey};
use crate::cli::{
    serve::Running,
    site::{Ran, Site, binary, finish},
};

/// A machine with a voucher key: its folder, configuration and process.
pub(super) struct SignerProcess {
    pub(super) folder: tempfile::TempDir,
    pub(super) key: VoucherKey,
    pub(super) authority: Authority,
}

impl SignerProcess {
    pub(super) fn new() -> SignerProcess {
        let signer = SignerProcess {
            folder: tempfile::TempDir::new().unwrap(),
            key: VoucherKey::new(Kind::P256),
            authority: Authority::new(),
        };
        let tls = signer.authority.server();
        signer.write_private("voucher.key", &signer.key.pem);
        signer.write("voucher.pem", &signer.key.chain_pem);
        signer.write_private("signer.key", &tls.key);
        signer.write("signer.pem", &tls.chain);
        signer.write("client-ca.pem", &signer.authority.pem());
        signer.configure("127.0.0.1:0");
        signer
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(super) fn write_private(&self, name: &str, text: &str) {
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }

    pub(super) fn configure(&self, listen: &str) {
        self.write(
            "signer.toml",
            &format!(
                r#"
[server]
listen = "{listen}"
tls_certificate = "signer.pem"
tls_key = "signer.key"
client_ca = "client-ca.pem"
clients = ["{CLIENT}"]
[[keys]]
name = "{KEY}"
key = "voucher.key"
certificates = "voucher.pem"
"#
            ),
        );
    }

    /// Starts it, and keeps the address that it finds for the next time.
    pub(super) fn start(&self) -> (Running, String) {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let running = Running::start_logging(&mut binary(self.folder.path(), &["signer", "serve"]), log);
        let address = running.said[0].strip_prefix("ready: https://").unwrap().to_owned();
        self.configure(&address);
        (running, address)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut binary(self.folder.path(), arguments), b"")
    }

    /// Why it does not start.
    pub(super) fn refused(&self) -> String {
        let ran = self.run(&["signer", "serve"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        ran.stderr
    }
}

/// A site whose issuer `main` signs at `address`.
pub(super) fn site(signer: &SignerProcess, address: &str) -> Site {
    let site = Site::new();
    let client = signer.authority.client(&[CLIENT]);
    site.write("signer-ca.pem", signer.authority.pem());
    site.write("client.pem", client.chain);
    site.write_private("client.key", &client.key);
    site.write("main.pem", &signer.key.chain_pem);
    site.configure("key = \"main.key\"\n", "");
    site.configure(
        "certificates = \"main.pem\"\n",
        &format!(
            r#"certificates = "main.pem"
[issuers.remote]
endpoint = "https://{address}"
ca = "signer-ca.pem"
certificate = "client.pem"
key = "client.key"
key_name = "{KEY}"
timeout = "2s"
"#
        ),
    );
    site
}
