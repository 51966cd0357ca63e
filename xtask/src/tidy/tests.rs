//! Tampered workspaces, each with the one finding it must lead to.

use std::collections::BTreeSet;

use super::code::code_of;
use super::tree::{Package, Source};
use super::*;

fn package(name: &str, dependencies: &[&str], sources: &[(&str, &str)]) -> Tree {
    let folder = PathBuf::from("crates").join(name);
    let source = |(path, text): &(&str, &str)| Source { path: folder.join(path), text: (*text).to_owned() };
    let package = Package {
        name: name.to_owned(),
        dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        sources: sources.iter().map(source).collect(),
        folder,
    };
    Tree { packages: vec![package], loose: Vec::new() }
}

fn depending(name: &str, on: &str) -> Vec<String> {
    shown(edges::check(&package(name, &[on], &[])))
}

fn naming(name: &str, path: &str, text: &str) -> Vec<String> {
    shown(names::check(&package(name, &[], &[(path, text)])))
}

fn shown(findings: Vec<Finding>) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

#[test]
fn every_forbidden_edge_between_libraries_is_refused() {
    let libraries = ["ovgs-proto", "ovgs-domain", "ovgs-authz", "ovgs-voucher", "ovgs-store", "ovgs-server"];
    let allowed = [("ovgs-authz", "ovgs-domain"), ("ovgs-store", "ovgs-domain")];
    for name in libraries {
        for other in libraries.into_iter().filter(|other| *other != name) {
            let may = name == "ovgs-server" || allowed.contains(&(name, other));
            let expected = if may {
                Vec::new()
            } else {
                vec![format!("crates/{name}/Cargo.toml: `{name}` may not depend on `{other}`")]
            };
            assert_eq!(depending(name, other), expected);
        }
    }
}

#[test]
fn a_new_library_says_where_it_stands() {
    assert_eq!(
        depending("ovgs-signer", "bytes"),
        [
            "crates/ovgs-signer/Cargo.toml: `ovgs-signer` has no row in xtask/src/tidy/edges.rs that says what it may use"
        ]
    );
}

#[test]
fn doors_to_the_outside_are_refused_in_manifests() {
    for (name, on, rule) in [
        ("ovgs-domain", "tokio", "`ovgs-domain` is pure and may not depend on `tokio`"),
        ("ovgs-authz", "serde", "`ovgs-authz` is pure and may not depend on `serde`"),
        ("ovgs-server", "sea-orm", "only `ovgs-store` may depend on `sea-orm`"),
        ("ovgs-server", "sqlx", "only `ovgs-store` may depend on `sqlx`"),
        ("ovgs-store", "tonic", "`ovgs-store` knows no gRPC and may not depend on `tonic`"),
    ] {
        assert_eq!(depending(name, on), [format!("crates/{name}/Cargo.toml: {rule}")]);
    }
}

#[test]
fn words_are_refused_outside_their_place() {
    for (name, path, text, word) in [
        ("ovgs-store", "src/memory.rs", "\nuse sea_orm::Set;", "sea_orm"),
        ("ovgs-store", "tests/it/main.rs", "\nsqlx::query(x)", "sqlx"),
        ("ovgs-server", "src/cli/db.rs", "\nsea_orm_migration::x()", "sea_orm_migration"),
        ("ovgs-server", "src/service/vouchers.rs", "\n-> tonic::Status", "tonic"),
        ("ovgs-server", "src/authn/layer.rs", "\nuse tonic_types::StatusExt;", "tonic_types"),
        ("ovgs-server", "src/service.rs", "\nuse ovgs_proto::v1 as pb;", "ovgs_proto"),
        ("ovgs-domain", "src/org.rs", "\nasync fn load()", "async"),
        ("ovgs-authz", "src/policy.rs", "\n#[derive(serde::Serialize)]", "serde"),
    ] {
        let found = naming(name, path, text);
        assert_eq!(found.len(), 1, "{name} {path}: {found:?}");
        let beginning = format!("crates/{name}/{path}:2: may not name `{word}`: ");
        assert!(found.iter().all(|finding| finding.starts_with(&beginning)), "{found:?}");
    }
}

#[test]
fn words_are_free_in_their_place_and_in_prose() {
    for (name, path, text) in [
        ("ovgs-store", "src/sql/rows.rs", "use sea_orm::Set;"),
        ("ovgs-server", "src/rpc/status.rs", "use tonic::Code; use ovgs_proto::v1 as pb;"),
        ("ovgs-server", "tests/it/calls.rs", "use tonic::Code; use ovgs_proto::v1 as pb;"),
        ("ovgs-server", "src/service.rs", "//! Without tonic.\nlet filter = \"tonic=warn\"; // tonic"),
        ("ovgs-domain", "src/org.rs", "/* async */ let asynchronous = r#\"a \" tokio\"#;"),
    ] {
        assert_eq!(naming(name, path, text), Vec::<String>::new());
    }
}

#[test]
fn code_keeps_its_lines_and_loses_everything_else() {
    let source = "a('\"', '\\'', 'x') // b\n\"c \\\" d\ne\" f<'life> br##\"g \"# h\"## /* i\nj */ k";
    assert_eq!(code_of(source), "a( ,  ,  )  \n \n f<'life> b   \n k");
}

#[test]
fn long_files_are_warned_about_and_then_refused() {
    let of_length = |lines| package("ovgs-domain", &[], &[("src/org.rs", &"x\n".repeat(lines))]);
    for (lines, warnings, refusals) in [(400, 0, 0), (401, 1, 0), (500, 1, 0), (501, 0, 1)] {
        let tree = of_length(lines);
        assert_eq!((sizes::long(&tree).len(), sizes::too_long(&tree).len()), (warnings, refusals), "{lines}");
    }
    assert_eq!(
        shown(sizes::too_long(&of_length(501))),
        ["crates/ovgs-domain/src/org.rs: 501 lines, more than 500: split it"]
    );
}

#[test]
fn crate_roots_need_documentation_and_a_running_example() {
    let rules = |text| shown(docs::check(&package("ovgs-domain", &[], &[("src/lib.rs", text)]))).len();
    assert_eq!(rules("mod org;"), 2);
    assert_eq!(rules("//! The core.\nmod org;"), 1);
    assert_eq!(rules("//! The core.\n//! ```text\n//! picture\n//! ```"), 1);
    assert_eq!(rules("//! The core.\n//! ```text\n//! ```\n//! ```\n//! run();\n//! ```"), 0);
}

#[test]
fn banned_crates_are_found_among_the_built() {
    let built = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert!(bans::check(&built(&["rustls", "aws-lc-rs"])).is_empty());
    assert_eq!(bans::check(&built(&["rustls", "ring", "rsa"])).len(), 2);
    assert!(bans::check_without_c(&built(&["p256", "rsa"])).is_empty());
    assert_eq!(bans::check_without_c(&built(&["p256", "aws-lc-sys", "cc"])).len(), 2);
}
