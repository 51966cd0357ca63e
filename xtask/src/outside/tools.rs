//! Programs that must be there, because we cannot install them without being root.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::bail;

/// Each program, an argument with which it does nothing, and how to get it.
const TOOLS: &[(&str, &str, &str)] = &[
    (
        "python3",
        "--version",
        "install Python 3.10 or newer, on Debian `apt-get install python3 python3-venv`",
    ),
    ("npm", "--version", "install Node.js 18 or newer with npm, on Debian `apt-get install npm`"),
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
