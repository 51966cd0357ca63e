//! Crates that may not be built in, by whatever way they came.

use std::collections::BTreeSet;

use super::Finding;
use crate::steps::{cargo, output};

/// Banned crates and the reason, as in `deny.toml`.
const BANNED: &[(&str, &str)] = &[
    ("ring", "one cryptographic library is enough, and it is aws-lc-rs"),
    ("openssl", "one cryptographic library is enough, and it is aws-lc-rs"),
    ("openssl-sys", "one cryptographic library is enough, and it is aws-lc-rs"),
    ("native-tls", "one TLS library is enough, and it is rustls"),
    ("rsa", "its private keys leak through timing (RUSTSEC-2023-0071)"),
];

/// Crates that build scripts use to build C.
const C_BUILDERS: &[&str] = &["bindgen", "cc", "cmake", "pkg-config", "vcpkg"];

/// Names of all packages that a default build of the workspace compiles, and so its binaries. What only a feature brings
/// that nobody has on by default, as `rustcrypto` of `ovgs-voucher` brings `rsa`, is for whoever turns it on to decide.
pub(super) fn built_packages() -> anyhow::Result<BTreeSet<String>> {
    names(&["--workspace", "--edges", "all"])
}

/// Names of all packages that take part in building `ovgs-voucher` for those who have no C compiler.
pub(super) fn built_without_c() -> anyhow::Result<BTreeSet<String>> {
    names(&[
        "--package=ovgs-voucher",
        "--no-default-features",
        "--features=rustcrypto",
        "--edges=normal,build",
    ])
}

fn names(wanted: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let tree = ["tree", "--prefix", "none", "--format", "{p}"];
    let lines = output(cargo(tree).args(wanted))?;
    Ok(lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
}

/// Whatever calls a C compiler, or stands for a library in C.
pub(super) fn check_without_c(built: &BTreeSet<String>) -> Vec<Finding> {
    let is_c = |name: &&String| C_BUILDERS.contains(&name.as_str()) || name.ends_with("-sys");
    let finding = |name: &String| {
        let rule = format!("`rustcrypto` is for builds without a C compiler, and brings `{name}`");
        Finding::in_file("crates/ovgs-voucher/Cargo.toml", rule)
    };
    built.iter().filter(is_c).map(finding).collect()
}

pub(super) fn check(built: &BTreeSet<String>) -> Vec<Finding> {
    let is_built = |(name, _): &&(&str, &str)| built.contains(*name);
    let finding = |(name, why): &(&str, &str)| {
        Finding::in_file(
            "Cargo.lock",
            format!("`{name}` is built in, but banned: {why}; see `cargo tree -i {name}`"),
        )
    };
    BANNED.iter().filter(is_built).map(finding).collect()
}
