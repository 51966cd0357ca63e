//! What a running server cannot take from a changed configuration.

use std::collections::BTreeMap;

use super::{Config, Problem, section::Section};

/// The keys whose values a running server takes anew, beside the issuers.
const TAKEN: [(&str, &str); 3] =
    [("server", "tls_certificate"), ("server", "tls_key"), ("server", "client_ca")];

impl Config {
    /// Every key whose value differs from what a running server began with, and that stays so until it starts again.
    #[must_use]
    pub fn waiting_for_restart(&self, running: &Config) -> Vec<Problem> {
        let mut waiting = Vec::new();
        for (name, section) in self.places.sections() {
            let before = running.places.section(name);
            let keys = section.entries.keys().chain(before.iter().flat_map(|before| before.entries.keys()));
            let keys: std::collections::BTreeSet<&String> = keys.collect();
            for key in keys {
                let now = section.entries.get(key).map(|entry| &entry.given);
                let then = before.and_then(|before| before.entries.get(key)).map(|entry| &entry.given);
                if now != then && !TAKEN.contains(&(name.as_str(), key.as_str())) {
                    let text =
                        format!("`{name}.{key}` has changed, which counts when the server starts again");
                    waiting.push(section.place_of(key).problem(text));
                }
            }
            let within = |section: &Section| (section.tables.clone(), section.lists.clone());
            let nothing = || (Default::default(), Default::default());
            if !same_within(&within(section), &before.map_or_else(nothing, within)) {
                let text =
                    format!("what is within `{name}` has changed, which counts when the server starts again");
                waiting.push(section.place.problem(text));
            }
        }
        waiting
    }
}

type Within = (BTreeMap<String, Section>, BTreeMap<String, Vec<Section>>);

/// Whether sections say the same, wherever they stand.
fn same_within((tables, lists): &Within, (other_tables, other_lists): &Within) -> bool {
    let tables_are = tables.len() == other_tables.len()
        && tables.iter().all(|(name, table)| other_tables.get(name).is_some_and(|other| same(table, other)));
    let all_same = |list: &[Section], other: &[Section]| {
        list.len() == other.len() && list.iter().zip(other).all(|(section, other)| same(section, other))
    };
    tables_are
        && lists.len() == other_lists.len()
        && lists.iter().all(|(name, list)| other_lists.get(name).is_some_and(|other| all_same(list, other)))
}

fn same(section: &Section, other: &Section) -> bool {
    let given = |section: &Section| -> BTreeMap<String, _> {
        section.entries.iter().map(|(key, entry)| (key.clone(), entry.given.clone())).collect()
    };
    let within = |section: &Section| (section.tables.clone(), section.lists.clone());
    given(section) == given(other) && same_within(&within(section), &within(other))
}
