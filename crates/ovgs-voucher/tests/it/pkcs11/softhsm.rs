//! SoftHSM2, with tokens of a test's own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// Says to a process where its tokens are, and that it is the inner one.
const INNER: &str = "OVGS_TEST_SOFTHSM";

/// Where packages put the library.
const PLACES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

pub(crate) const PIN: &str = "4711-0815";

/// SoftHSM2 with its tokens in a folder that goes when the test does.
pub(crate) struct SoftHsm {
    folder: PathBuf,
}

/// Runs `body` in a process of its own with a SoftHSM2 of its own: the library finds its tokens by an environment
/// variable, and is there once in a process. `test` is the full name of the test that calls this.
pub(crate) fn with_softhsm(test: &str, body: impl FnOnce(&SoftHsm)) {
    if let Some(folder) = env::var_os(INNER) {
        return body(&SoftHsm { folder: folder.into() });
    }
    install();
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("tokens")).unwrap();
    let configuration = format!("directories.tokendir = {}\nlog.level = ERROR\n", path("tokens").display());
    fs::write(path("softhsm2.conf"), configuration).unwrap();
    let inner = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("SOFTHSM2_CONF", path("softhsm2.conf"))
        .env(INNER, folder.path())
        .output()
        .unwrap();
    let [said, failed] = [&inner.stdout, &inner.stderr].map(|octets| String::from_utf8_lossy(octets));
    let passed = inner.status.success() && said.contains("1 passed");
    assert!(passed, "{test} in a process of its own: {}\n{said}\n{failed}", inner.status);
}

impl SoftHsm {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a token.
    pub(crate) fn token(&self, label: &str, pin: &str) {
        util(&["--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", pin]);
    }

    /// Puts a private key, PKCS#8 in PEM, and its public one onto a token.
    pub(crate) fn import(&self, token: &str, pin: &str, label: &str, id: &str, pem: &str) {
        let file = self.folder.join("import.pem");
        fs::write(&file, pem).unwrap();
        let file = file.to_str().unwrap();
        util(&["--import", file, "--token", token, "--pin", pin, "--label", label, "--id", id]);
    }

    /// Takes all tokens away.
    pub(crate) fn take_away(&self) {
        fs::rename(self.folder.join("tokens"), self.folder.join("away")).unwrap();
    }

    /// Brings them back.
    pub(crate) fn bring_back(&self) {
        fs::rename(self.folder.join("away"), self.folder.join("tokens")).unwrap();
    }

    /// The folders of the tokens.
    pub(crate) fn tokens(&self) -> Vec<PathBuf> {
        fs::read_dir(self.folder.join("tokens")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

fn util(arguments: &[&str]) {
    let output = Command::new("softhsm2-util").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The library, wherever a package put it.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let found = PLACES.iter().map(PathBuf::from).find(|path| path.is_file());
        assert!(found.is_some(), "libsofthsm2.so is in none of {PLACES:?}");
        found.unwrap_or_default()
    })
}

/// Installs Debian's package if there is no SoftHSM2.
fn install() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        let ends_well = |program: &str, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        if ends_well("softhsm2-util", &["--version"]) {
            return;
        }
        ends_well("apt-get", &["update", "-qq"]);
        let installed =
            ends_well("apt-get", &["install", "-y", "-qq", "--no-install-recommends", "softhsm2"]);
        assert!(installed, "these tests need SoftHSM2: as root, `apt-get install softhsm2`");
    });
}
