//! Programs that must be there: those that everybody has to install, and those that we install where we may.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::steps::{output, step, succeed};

/// Each program, an argument with which it does nothing, and how to get it.
const TOOLS: &[(&str, &str, &str)] = &[
    (
        "python3",
        "--version",
        "install Python 3.10 or newer, on Debian `apt-get install python3 python3-venv`",
    ),
    ("npm", "--version", "install Node.js 20 or newer with npm, on Debian `apt-get install npm`"),
    ("openssl", "version", "install OpenSSL 3, on Debian `apt-get install openssl`"),
];

/// Fails with the way out if a program is missing.
pub(crate) fn require() -> anyhow::Result<()> {
    for (program, argument, remedy) in TOOLS {
        if !answers(program, argument) {
            bail!("the clients' tests need `{program}`: {remedy}");
        }
    }
    Ok(())
}

/// Whether the program can be started and ends well.
pub(crate) fn answers(program: impl AsRef<OsStr>, argument: &str) -> bool {
    let quiet = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Something that packages of Debian bring.
pub(super) struct Program {
    name: &'static str,
    /// An argument with which a program does nothing; none for a file that has only to be there.
    argument: Option<&'static str>,
    packages: &'static [&'static str],
}

impl Program {
    /// A program that answers when it is called with `argument`.
    pub(super) const fn named(
        name: &'static str,
        argument: &'static str,
        packages: &'static [&'static str],
    ) -> Self {
        Self { name, argument: Some(argument), packages }
    }

    /// A file.
    pub(super) const fn file(name: &'static str, packages: &'static [&'static str]) -> Self {
        Self { name, argument: None, packages }
    }

    fn is_there(&self) -> bool {
        self.argument.map_or_else(|| Path::new(self.name).is_file(), |argument| answers(self.name, argument))
    }
}

/// Installs what is missing, where Debian's packages can be had and we may; says how where not.
pub(super) fn install(programs: &[Program]) -> anyhow::Result<()> {
    let missing = |programs: &[Program]| -> Vec<&str> {
        programs
            .iter()
            .filter(|program| !program.is_there())
            .flat_map(|program| program.packages)
            .copied()
            .collect()
    };
    let packages = missing(programs);
    if packages.is_empty() {
        return Ok(());
    }
    if answers("apt-get", "--version") && is_root() {
        step(&format!("install {}", packages.join(" ")), || {
            let quiet = ["install", "-y", "-qq", "--no-install-recommends"];
            succeed(apt().args(["update", "-qq"]))?;
            succeed(apt().args(quiet).args(&packages).stdout(Stdio::null()))
        })?;
    }
    let missing = missing(programs);
    if !missing.is_empty() {
        bail!("the verifiers' tests need more programs: as root, `apt-get install {}`", missing.join(" "));
    }
    Ok(())
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
