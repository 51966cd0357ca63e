//! Other people's verifiers on our vouchers: OpenSSL, GnuTLS, Python's cryptography and asn1crypto, a library in Go, and
//! a YANG validator for what the vouchers say.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use tempfile::TempDir;

use super::tools::{Program, install};
use super::{binary, python};
use crate::steps::{cargo, step, succeed};
use crate::workspace::root;

const VERIFIERS: &str = "tests/verifiers";
/// Where Debian puts libraries in Go, and one of them.
const GO_PATH: &str = "/usr/share/gocode";
const GO_PKCS7: &str = "/usr/share/gocode/src/github.com/fullsailor/pkcs7/pkcs7.go";

const PROGRAMS: [Program; 5] = [
    Program::named("certtool", "--version", &["gnutls-bin"]),
    Program::named("yanglint", "--version", &["libyang2-tools"]),
    Program::named("softhsm2-util", "--version", &["softhsm2"]),
    Program::named("go", "version", &["golang-go"]),
    Program::file(GO_PKCS7, &["golang-github-fullsailor-pkcs7-dev"]),
];

/// Where packages put the library of SoftHSM2.
const SOFTHSM: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// As `run`, for when nothing was built before.
pub(crate) fn run_alone() -> anyhow::Result<()> {
    step("build", || succeed(&mut cargo(["build", "--all-features", "--package", "voucher-gallery"])))?;
    run()
}

/// Fills a gallery, and has every verifier accept its good vouchers and refuse the others.
pub(super) fn run() -> anyhow::Result<()> {
    install(&PROGRAMS)?;
    let python = python::environment("verifiers", "tests/verifiers/requirements.txt")?;
    let scratch = tempfile::tempdir()?;
    let gallery = scratch.path().join("gallery");
    step("voucher gallery", || fill(&gallery, &scratch))?;
    let verifiers = root().join(VERIFIERS);
    for program in ["openssl", "certtool", "yanglint"] {
        step(&format!("verifier: {program}"), || {
            succeed(script(Path::new("python3"), &verifiers.join("programs.py")).arg(program).arg(&gallery))
        })?;
    }
    step("verifier: cryptography and asn1crypto", || {
        succeed(script(&python, &verifiers.join("fields.py")).arg(&gallery))
    })?;
    step("verifier: pkcs7 in Go", || succeed(go(&scratch).arg(verifiers.join("go/main.go")).arg(&gallery)))
}

fn fill(gallery: &Path, scratch: &TempDir) -> anyhow::Result<()> {
    let tokens = scratch.path().join("tokens");
    std::fs::create_dir(&tokens)?;
    let configuration = scratch.path().join("softhsm2.conf");
    std::fs::write(
        &configuration,
        format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()),
    )?;
    let library = SOFTHSM.iter().map(PathBuf::from).find(|path| path.is_file());
    succeed(
        Command::new(binary("voucher-gallery")?)
            .arg(gallery)
            .arg("--softhsm")
            .arg(library.context("libsofthsm2.so is not where packages put it")?)
            .env("SOFTHSM2_CONF", configuration),
    )
}

fn script(python: &Path, script: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(script).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
    command
}

/// `go run` with nothing but Debian's packages.
fn go(scratch: &TempDir) -> Command {
    let mut command = Command::new("go");
    command.arg("run").env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOFLAGS", "");
    command.env("GOCACHE", scratch.path().join("go")).current_dir(scratch.path());
    command
}
