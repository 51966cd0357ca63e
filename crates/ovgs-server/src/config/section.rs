//! One section as it was given, and how it becomes a part of the model.

use std::collections::BTreeMap;

use ovgs_domain::Excerpt;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{
    known::{LISTS, all_sections, keys_of, nearest},
    problem::{Place, Problem},
};

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) given: Given,
    pub(super) place: Place,
}

/// How a value was given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// In the file.
    Value(Value),
    /// In a variable, which does not say whether a text or something else is meant.
    Text(String),
}

impl Given {
    /// What it may mean, the likeliest last.
    fn readings(&self) -> Vec<Value> {
        match self {
            Given::Value(value) => vec![value.clone()],
            Given::Text(text) => {
                let as_toml = format!("value = {text}").parse::<Table>().ok();
                let value =
                    as_toml.filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
                [Some(Value::String(text.clone())), value].into_iter().flatten().collect()
            }
        }
    }
}

impl Given {
    /// Advice as one writes it there: in a shell a list needs quotes.
    fn as_written(&self, advice: &str) -> String {
        match self {
            Given::Value(_) => advice.to_owned(),
            Given::Text(_) => advice.replace("`[", "`'[").replace("]`", "]'`"),
        }
    }
}

/// One section.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// As messages name it, such as `server` or `issuers`.
    pub(super) name: String,
    /// Where it begins.
    pub(super) place: Place,
    pub(super) entries: BTreeMap<String, Entry>,
    /// The sections within it, such as `issuers.pkcs11`.
    pub(super) tables: BTreeMap<String, Section>,
    /// The lists of sections within it, such as `identity.oidc`.
    pub(super) lists: BTreeMap<String, Vec<Section>>,
}

impl Section {
    /// A section that was not given.
    pub(super) fn absent(name: &str, place: Place) -> Section {
        let (entries, tables, lists) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Section { name: name.into(), place, entries, tables, lists }
    }

    /// Where a key or a section within was given; for one that was not, where the section is.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let entry = self.entries.get(key).map(|entry| &entry.place);
        entry.or_else(|| Some(&self.table(key)?.place)).unwrap_or(&self.place).clone()
    }

    /// A section within this one.
    pub(super) fn table(&self, name: &str) -> Option<&Section> {
        self.tables.get(name)
    }

    /// The sections of a list within this one. A single section in its place is a problem.
    pub(super) fn list(&self, name: &str, problems: &mut Vec<Problem>) -> &[Section] {
        if let Some(table) = self.tables.get(name) {
            let name = format!("{}.{name}", self.name);
            problems.push(table.place.problem(format!("`{name}` is a list: begin each with `[[{name}]]`")));
        }
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }

    /// All values, which must be texts, with their places. A value that is none is a problem, and left out.
    pub(super) fn texts(&self, problems: &mut Vec<Problem>) -> BTreeMap<String, (String, Place)> {
        let mut texts = BTreeMap::new();
        for (key, entry) in &self.entries {
            match &entry.given {
                Given::Value(Value::String(text)) => {
                    texts.insert(key.clone(), (text.clone(), entry.place.clone()));
                }
                _ => problems
                    .push(entry.place.problem(format!("every value of `{}` must be a text", self.name))),
            }
        }
        let strange = self.tables.values().map(|table| &table.place);
        problems.extend(strange.map(|place| {
            place.problem(format!(
                "every value of `{}` must be a text; write names with dots in quotes",
                self.name
            ))
        }));
        texts
    }

    /// Reads the section, which has no sections within. A key that is wrong is a problem, and left out.
    pub(super) fn read<T: DeserializeOwned + Default>(&self, problems: &mut Vec<Problem>) -> T {
        self.read_beside(&[], problems)
    }

    /// Reads the values of the section, which may have these sections within.
    pub(super) fn read_beside<T: DeserializeOwned + Default>(
        &self,
        tables: &[&str],
        problems: &mut Vec<Problem>,
    ) -> T {
        let known = keys_of::<T>();
        let strange = self.tables.iter().filter(|(name, _)| !tables.contains(&name.as_str()));
        problems.extend(strange.map(|(name, table)| table.place.problem(self.no_table(name, known))));
        let mut good = Table::new();
        for (key, entry) in &self.entries {
            if tables.contains(&key.as_str()) {
                let name = format!("{}.{key}", self.name);
                let written =
                    if LISTS.contains(&name.as_str()) { format!("[[{name}]]") } else { format!("[{name}]") };
                let text = format!("`{name}` is a section: write `{written}`");
                problems.push(entry.place.problem(text));
                continue;
            }
            if !known.contains(&key.as_str()) {
                problems.push(entry.place.problem(self.unknown(key, known)));
                continue;
            }
            match read_entry::<T>(key, &entry.given) {
                Ok(value) => drop(good.insert(key.clone(), value)),
                Err(why) => {
                    let why = entry.given.as_written(&why);
                    problems.push(entry.place.problem(format!("`{}.{key}` {why}", self.name)));
                }
            }
        }
        T::deserialize(Value::Table(good)).unwrap_or_default()
    }

    fn no_table(&self, name: &str, known: &[&str]) -> String {
        let (section, shown) = (&self.name, Excerpt::of(name));
        match known.contains(&name) {
            true => format!("`{section}.{shown}` is no section: write `{shown} = …` under `{section}`"),
            false => self.unknown(name, known),
        }
    }

    fn unknown(&self, key: &str, known: &[&str]) -> String {
        let (section, shown) = (&self.name, Excerpt::of(key));
        let elsewhere = all_sections().find(|(_, keys)| keys.contains(&key));
        match (elsewhere, nearest(key, known.iter().copied())) {
            (Some((right, _)), _) => {
                format!("`{section}.{shown}` is not a known key; `{key}` belongs to the section `{right}`")
            }
            (None, Some(near)) => {
                format!("`{section}.{shown}` is not a known key; the nearest one is `{section}.{near}`")
            }
            (None, None) => format!("`{section}.{shown}` is not a known key"),
        }
    }
}

/// The reading of a value that fits the key's type, or what is wrong with the likeliest one.
fn read_entry<T: DeserializeOwned>(key: &str, given: &Given) -> Result<Value, String> {
    let mut wrong = String::new();
    for value in given.readings() {
        let alone = Table::from_iter([(key.to_owned(), value.clone())]);
        match T::deserialize(Value::Table(alone)) {
            Ok(_) => return Ok(value),
            Err(error) => wrong = explain(error.message()),
        }
    }
    Err(wrong)
}

/// What serde says, in our words and without long values.
fn explain(message: &str) -> String {
    let kinds = ["invalid type: ", "invalid value: ", "unknown variant "];
    let said = kinds.iter().find_map(|kind| message.trim_end().strip_prefix(kind)?.split_once(", expected "));
    match said {
        Some((found, expected)) => {
            let expected =
                if expected.contains("nonzero") { "a whole number of at least 1" } else { expected };
            format!("must be {expected}, not {}", Excerpt::of(found))
        }
        None => message.trim_end().to_owned(),
    }
}
