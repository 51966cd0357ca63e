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

/// Names of all packages that a default build of the workspace compiles, and so its binaries. What only a feature brings
/// that nobody has on by default, as `rustcrypto` of `ovgs-voucher` brings `rsa`, is for whoever turns it on to decide.
pub(super) fn built_packages() -> anyhow::Result<BTreeSet<String>> {
    let tree = ["tree", "--workspace", "--edges", "all", "--prefix", "none", "--format", "{p}"];
    let lines = output(&mut cargo(tree))?;
    Ok(lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
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
