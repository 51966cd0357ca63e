//! The file as sections of values with their lines.

use std::{collections::BTreeMap, path::Path};

use ovgs_domain::Excerpt;
use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

use super::{
    known::{LISTS, Schema, nearest},
    problem::{Place, Problem},
    section::{Entry, Given, Section},
};

/// The whole file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) sections: BTreeMap<String, Section>,
    /// The sections of the one list.
    pub(super) listed: Vec<Section>,
}

/// Reads the file's structure. What does not belong is a problem, and left out.
pub(super) fn read(text: &str, file: &Path, schema: &Schema, problems: &mut Vec<Problem>) -> Document {
    let reader = Reader { text, file, schema };
    let parsed = DeTable::parse(text).and_then(|spans| Ok((spans, text.parse::<Table>()?)));
    let mut document = Document::default();
    match parsed {
        Ok((spans, values)) => reader.fill(&mut document, spans.get_ref(), &values, problems),
        Err(error) => {
            let line = error.span().map_or(1, |span| reader.line(span.start));
            let said = error.message().lines().collect::<Vec<_>>().join("; ");
            problems.push(Place::line(file, line).problem(format!("this is not TOML: {said}")));
        }
    }
    document
}

struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    schema: &'a Schema,
}

impl Reader<'_> {
    fn fill(
        &self,
        document: &mut Document,
        spans: &DeTable<'_>,
        values: &Table,
        problems: &mut Vec<Problem>,
    ) {
        let (list, item) = (self.schema.list.0, self.schema.item);
        for (key, span) in spans {
            let (name, place) = (key.get_ref().as_ref(), self.place(key));
            let known = self.schema.all().any(|(section, _)| section == name);
            match (span.get_ref(), values.get(name)) {
                _ if !known => problems.push(place.problem(self.unknown_section(name))),
                (DeValue::Array(spans), Some(Value::Array(values))) if name == list => {
                    document.listed = self.listed(spans.iter().zip(values), problems);
                }
                _ if name == list => {
                    let text = format!("`{list}` is a list: begin each {item} with `[[{list}]]`");
                    problems.push(place.problem(text));
                }
                (DeValue::Table(spans), Some(Value::Table(values))) => {
                    document.sections.insert(name.into(), self.section(name, place, spans, values));
                }
                _ => problems.push(place.problem(format!("`{name}` is a section: write `[{name}]`"))),
            }
        }
    }

    fn listed<'s, 'v>(
        &self,
        items: impl Iterator<Item = (&'s Spanned<DeValue<'s>>, &'v Value)>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Section> {
        let (list, item) = (self.schema.list.0, self.schema.item);
        let mut read = Vec::new();
        for (span, value) in items {
            let place = self.place(span);
            match (span.get_ref(), value) {
                (DeValue::Table(spans), Value::Table(values)) => {
                    read.push(self.section(list, place, spans, values));
                }
                _ => {
                    problems.push(place.problem(format!("every {item} is a section: write `[[{list}]]`")));
                }
            }
        }
        read
    }

    fn section(&self, name: &str, place: Place, spans: &DeTable<'_>, values: &Table) -> Section {
        let mut section = Section::absent(name, place);
        for (key, span) in spans {
            let (place, key) = (self.place(key), key.get_ref().as_ref());
            match (span.get_ref(), values.get(key)) {
                (DeValue::Table(spans), Some(Value::Table(values))) => {
                    let within = self.section(&format!("{name}.{key}"), place, spans, values);
                    section.tables.insert(key.into(), within);
                }
                (DeValue::Array(spans), Some(Value::Array(values)))
                    if LISTS.contains(&format!("{name}.{key}").as_str()) =>
                {
                    let name = format!("{name}.{key}");
                    let pairs = spans.iter().zip(values);
                    let items = pairs.filter_map(|(span, value)| match (span.get_ref(), value) {
                        (DeValue::Table(spans), Value::Table(values)) => {
                            Some(self.section(&name, self.place(span), spans, values))
                        }
                        _ => None,
                    });
                    section.lists.insert(key.into(), items.collect());
                }
                (_, Some(value)) => {
                    section.entries.insert(key.into(), Entry { given: Given::Value(value.clone()), place });
                }
                (_, None) => {}
            }
        }
        section
    }

    fn place<T>(&self, spanned: &Spanned<T>) -> Place {
        Place::line(self.file, self.line(spanned.span().start))
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        1 + before.iter().filter(|b| **b == b'\n').count()
    }

    fn unknown_section(&self, name: &str) -> String {
        let shown = Excerpt::of(name);
        if let Some((section, _)) = self.schema.all().find(|(_, keys)| keys.contains(&name)) {
            return format!("`{shown}` stands in no section; it belongs to the section `{section}`");
        }
        match nearest(name, self.schema.all().map(|(section, _)| section)) {
            Some(near) => format!("`{shown}` is not a known section; the nearest one is `{near}`"),
            None => format!("`{shown}` is not a known section"),
        }
    }
}
