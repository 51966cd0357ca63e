//! Which packages may depend on which: one direction, drawn in `ARCHITECTURE.md`.

use super::Finding;
use super::tree::{Package, Tree};

/// The libraries, and on which of their siblings each may build.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("ovgs-proto", &[]),
    ("ovgs-domain", &[]),
    ("ovgs-authz", &["ovgs-domain"]),
    ("ovgs-voucher", &[]),
    ("ovgs-store", &["ovgs-domain"]),
    ("ovgs-server", &["ovgs-proto", "ovgs-domain", "ovgs-authz", "ovgs-voucher", "ovgs-store"]),
];

/// Crates with doors to the outside, which the pure libraries do without.
const IMPURE: &[&str] = &[
    "async-trait",
    "futures",
    "futures-util",
    "http",
    "prost",
    "rand",
    "sea-orm",
    "serde",
    "serde_json",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
    "tracing",
];
const PURE_LIBRARIES: &[&str] = &["ovgs-domain", "ovgs-authz"];

/// Database crates, and the one library that may name them. The bare services of the bench measure what the database costs
/// alone, and one example is about a database that is a vendor's.
const DATABASE: &[&str] = &["rusqlite", "sea-orm", "sea-orm-migration", "sea-query", "sqlx"];
const DATABASE_LIBRARY: &str = "ovgs-store";
const BARE_SERVICES: &str = "ovgs-bench";
const VENDORS_OWN: &str = "erp-inventory";

/// gRPC crates, and who may name them: besides the wire and the server only what calls the server.
const GRPC: &[&str] = &["tonic", "tonic-health", "tonic-prost", "tonic-reflection", "tonic-types"];
const NO_GRPC: &[&str] = &["ovgs-domain", "ovgs-authz", "ovgs-voucher", "ovgs-store"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let finding = |rule: String| Finding::in_file(package.manifest(), rule);
    let name = package.name.as_str();
    let mut findings = Vec::new();
    if package.folder.starts_with("crates") && row(name).is_none() {
        findings.push(finding(format!(
            "`{name}` has no row in xtask/src/tidy/edges.rs that says what it may use"
        )));
    }
    for dependency in &package.dependencies {
        let other = dependency.as_str();
        let is_library = |name| row(name).is_some();
        let may_use = row(name).is_some_and(|allowed| allowed.contains(&other)) || other == name;
        if is_library(name) && is_library(other) && !may_use {
            findings.push(finding(format!("`{name}` may not depend on `{other}`")));
        }
        if PURE_LIBRARIES.contains(&name) && IMPURE.contains(&other) {
            findings.push(finding(format!("`{name}` is pure and may not depend on `{other}`")));
        }
        if ![DATABASE_LIBRARY, BARE_SERVICES, VENDORS_OWN].contains(&name) && DATABASE.contains(&other) {
            findings.push(finding(format!("only `{DATABASE_LIBRARY}` may depend on `{other}`")));
        }
        if NO_GRPC.contains(&name) && GRPC.contains(&other) {
            findings.push(finding(format!("`{name}` knows no gRPC and may not depend on `{other}`")));
        }
    }
    findings
}

fn row(name: &str) -> Option<&'static [&'static str]> {
    SIBLINGS.iter().find(|(library, _)| *library == name).map(|(_, allowed)| *allowed)
}
