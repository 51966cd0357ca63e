//! Files that one can read in one go.

use super::Finding;
use super::tree::{Source, Tree};

/// Lines from which a file is worth splitting.
const LONG: usize = 400;
/// Lines beyond which a file is refused.
const TOO_LONG: usize = 500;

/// Files that should be split some day.
pub(super) fn long(tree: &Tree) -> Vec<Finding> {
    let is_long = |lines| lines > LONG && lines <= TOO_LONG;
    tree.sources().filter(|source| is_long(lines(source))).map(|source| finding(source, LONG)).collect()
}

/// Files that must be split now.
pub(super) fn too_long(tree: &Tree) -> Vec<Finding> {
    tree.sources().filter(|source| lines(source) > TOO_LONG).map(|source| finding(source, TOO_LONG)).collect()
}

fn lines(source: &Source) -> usize {
    source.text.lines().count()
}

fn finding(source: &Source, bound: usize) -> Finding {
    Finding::in_file(&source.path, format!("{} lines, more than {bound}: split it", lines(source)))
}
