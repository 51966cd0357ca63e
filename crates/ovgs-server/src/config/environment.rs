//! Environment variables over the file.

use super::{
    document::Document,
    known::{nearest, sections},
    problem::{Place, Problem},
    section::{Entry, Given, Section},
};

/// What the variables' names begin with.
const PREFIX: &str = "OVGS__";

/// Lays the variables under the prefix over the document. One that names no key is a problem.
pub(super) fn overlay(
    document: &mut Document,
    variables: impl IntoIterator<Item = (String, String)>,
    problems: &mut Vec<Problem>,
) {
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let place = Place::Variable(name.clone());
        let Some((section, key)) = find(rest) else {
            problems.push(place.problem(unknown(&name)));
            continue;
        };
        let whole = || Section::absent(section, place.clone());
        let section = document.sections.entry(section.into()).or_insert_with(whole);
        section.entries.insert(key.into(), Entry { given: Given::Text(text), place });
    }
}

fn find(rest: &str) -> Option<(&'static str, &'static str)> {
    names().find(|(section, key)| variable(section, key).strip_prefix(PREFIX) == Some(rest))
}

fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    sections().into_iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, *key)))
}

fn variable(section: &str, key: &str) -> String {
    format!("{PREFIX}{}__{}", section.to_ascii_uppercase(), key.to_ascii_uppercase())
}

fn unknown(name: &str) -> String {
    let names: Vec<String> = names().map(|(section, key)| variable(section, key)).collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("names no key; the nearest variable is `{near}`"),
        None => "names no key".into(),
    }
}
