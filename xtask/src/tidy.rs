//! `tidy`: what the compiler does not check, and what keeps the design true.
//!
//! Each check is a function from the workspace, read once, to findings. Tests feed the checks tampered workspaces.

mod bans;
mod code;
mod docs;
mod edges;
mod names;
mod sizes;
mod tree;

use std::fmt;
use std::path::PathBuf;

use anyhow::bail;

use tree::Tree;

/// One place where a rule is broken.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: PathBuf,
    /// Counting from 1; none where the rule is about the whole file.
    line: Option<usize>,
    rule: String,
}

impl Finding {
    fn in_file(path: impl Into<PathBuf>, rule: String) -> Self {
        Self { path: path.into(), line: None, rule }
    }

    fn at_line(path: impl Into<PathBuf>, line: usize, rule: String) -> Self {
        Self { path: path.into(), line: Some(line), rule }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.rule)
    }
}

/// Runs all checks and prints what they find.
pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::read()?;
    for warning in sizes::long(&tree) {
        println!("tidy: warning: {warning}");
    }
    let mut findings = findings(&tree);
    findings.extend(bans::check(&bans::built_packages()?));
    findings.extend(bans::check_without_c(&bans::built_without_c()?));
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("tidy: {} broken rules", findings.len());
    }
    println!("tidy: {} packages, {} files", tree.packages.len(), tree.sources().count());
    Ok(())
}

fn findings(tree: &Tree) -> Vec<Finding> {
    [edges::check, names::check, sizes::too_long, docs::check].iter().flat_map(|check| check(tree)).collect()
}

#[cfg(test)]
mod tests;
