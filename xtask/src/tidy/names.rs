//! Who may name what in its sources.

use super::Finding;
use super::code::code_of;
use super::tree::{Source, Tree};

/// Words that few sources may name.
struct Rule {
    /// Identifiers; a star at the end stands for any rest.
    words: &'static [&'static str],
    /// Folders and files the rule is about.
    within: &'static [&'static str],
    /// Those among them that may use the words.
    except: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        words: &["rusqlite", "sea_orm*", "sea_query", "sqlx"],
        within: &["crates", "examples", "xtask"],
        // Benches measure what the database costs alone; the example is about a database of somebody else's.
        except: &[
            "crates/ovgs-store/src/sql",
            "crates/ovgs-store/src/sql.rs",
            "crates/ovgs-store/benches",
            "xtask/bench",
            "examples/erp-inventory",
        ],
        why: "only `ovgs-store/src/sql` knows the database",
    },
    Rule {
        words: &["tonic*", "ovgs_proto", "prost*"],
        within: &[
            "crates/ovgs-domain",
            "crates/ovgs-authz/src",
            "crates/ovgs-voucher",
            "crates/ovgs-store",
            "crates/ovgs-server/src",
        ],
        except: &["crates/ovgs-server/src/rpc", "crates/ovgs-server/src/rpc.rs"],
        why: "only `ovgs-server/src/rpc` knows gRPC",
    },
    Rule {
        words: &["async", "await", "tokio*", "futures*", "serde*"],
        within: &["crates/ovgs-domain/src", "crates/ovgs-authz/src"],
        except: &[],
        why: "`ovgs-domain` and `ovgs-authz` are pure: they wait for nothing and are serialized by others",
    },
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().flat_map(|package| &package.sources).flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Finding> {
    let applying = RULES.iter().filter(|rule| rule.is_about(source)).collect::<Vec<_>>();
    if applying.is_empty() {
        return Vec::new();
    }
    let code = code_of(&source.text);
    let mut findings = Vec::new();
    for (index, line) in code.lines().enumerate() {
        for word in identifiers(line) {
            for rule in applying.iter().filter(|rule| rule.names(word)) {
                let text = format!("may not name `{word}`: {}", rule.why);
                findings.push(Finding::at_line(&source.path, index + 1, text));
            }
        }
    }
    findings
}

impl Rule {
    fn is_about(&self, source: &Source) -> bool {
        let is_in = |places: &[&str]| places.iter().any(|place| source.path.starts_with(place));
        is_in(self.within) && !is_in(self.except)
    }

    fn names(&self, identifier: &str) -> bool {
        self.words.iter().any(|word| match word.strip_suffix('*') {
            Some(beginning) => identifier.starts_with(beginning),
            None => identifier == *word,
        })
    }
}

fn identifiers(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_')
}
