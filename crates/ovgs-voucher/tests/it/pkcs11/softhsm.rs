//! SoftHSM2, with tokens of a test's own. The tests of the server have this file too.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// Where packages put the library.
const PLACES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

pub(crate) const PIN: &str = "4711-0815";

/// SoftHSM2 with its tokens in a folder of the test's.
pub(crate) struct SoftHsm {
    pub(crate) folder: PathBuf,
}

impl SoftHsm {
    /// One without tokens yet, in an empty folder. Installs the program if need be.
    pub(crate) fn new(folder: &Path) -> SoftHsm {
        install();
        let tokens = folder.join("tokens");
        fs::create_dir(&tokens).unwrap();
        let hsm = SoftHsm { folder: folder.to_owned() };
        let configuration = format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display());
        fs::write(hsm.configuration(), configuration).unwrap();
        hsm
    }

    /// What `SOFTHSM2_CONF` has to say in the environment of who uses it.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    /// Makes a token.
    pub(crate) fn token(&self, label: &str, pin: &str) {
        self.util(&["--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", pin]);
    }

    /// Puts a private key, PKCS#8 in PEM, and its public one onto a token.
    pub(crate) fn import(&self, token: &str, pin: &str, label: &str, id: &str, pem: &str) {
        let file = self.folder.join("import.pem");
        fs::write(&file, pem).unwrap();
        let file = file.to_str().unwrap();
        self.util(&["--import", file, "--token", token, "--pin", pin, "--label", label, "--id", id]);
    }

    /// Takes all tokens away.
    pub(crate) fn take_away(&self) {
        fs::rename(self.folder.join("tokens"), self.folder.join("away")).unwrap();
    }

    /// Brings them back.
    pub(crate) fn bring_back(&self) {
        fs::rename(self.folder.join("away"), self.folder.join("tokens")).unwrap();
    }

    /// Lets the library hang: puts a FIFO in the place of each file, and who opens one waits for somebody at its other
    /// end.
    pub(crate) fn hang(&self) {
        self.take_away();
        for token in entries(&self.folder.join("away")) {
            let fifos = self.folder.join("tokens").join(token.file_name().unwrap());
            fs::create_dir_all(&fifos).unwrap();
            for file in entries(&token) {
                let fifo = fifos.join(file.file_name().unwrap());
                assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
            }
        }
    }

    fn util(&self, arguments: &[&str]) {
        let mut command = Command::new("softhsm2-util");
        let output = command.args(arguments).env("SOFTHSM2_CONF", self.configuration()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What is in a folder.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
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
