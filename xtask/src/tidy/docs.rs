//! Crate roots that say what the crate is and show it in use.

use std::path::Path;

use super::Finding;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        for source in &package.sources {
            let is_root = |name: &str| source.path == package.folder.join("src").join(name);
            let (library, binary) = (is_root("lib.rs"), is_root("main.rs"));
            if (library || binary) && !source.text.starts_with("//! ") {
                findings.push(Finding::in_file(
                    &source.path,
                    "a crate root begins with its documentation".to_owned(),
                ));
            }
            if library && package.folder.starts_with(Path::new("crates")) && !shows_an_example(&source.text) {
                let rule = "a library's root shows an example that runs";
                findings.push(Finding::in_file(&source.path, rule.to_owned()));
            }
        }
    }
    findings
}

/// Whether the documentation of the crate root holds a block that rustdoc compiles and runs.
fn shows_an_example(text: &str) -> bool {
    let fences = text.lines().filter_map(|line| line.strip_prefix("//! ```"));
    fences.step_by(2).any(|language| matches!(language.trim(), "" | "rust"))
}
