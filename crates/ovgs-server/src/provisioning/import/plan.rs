//! What a batch of rows does to the inventory.

use std::collections::HashMap;

use ovgs_domain::{
    Component, ComponentId, Excerpt, Facts, OrgId, SerialNumber, Violation,
    commands::{self, Namesake},
};
use ovgs_store::Correction;

use super::{
    Column, ImportOptions, Notice, Tally,
    row::{Row, refused},
    said::difference,
};
use crate::issuers::IssuerSet;

/// What a batch comes to.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) tally: Tally,
    pub(super) notices: Vec<Notice>,
    /// What is to be written, in the order of the rows.
    pub(super) writes: (Vec<Component>, Vec<Correction>),
    /// The inventory as it will be.
    pub(super) shelf: Shelf,
}

/// The inventory as far as the rows touch it, and as the rows so far leave it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    parts: HashMap<ComponentId, Part>,
    /// Parts by serial number, in order of their ids.
    namesakes: HashMap<SerialNumber, Vec<Namesake>>,
}

#[derive(Debug)]
struct Part {
    component: Component,
    state: State,
    /// The line that first changed it; 0 for none.
    line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Stored,
    New,
    Corrected,
}

impl Shelf {
    /// Puts down what the store holds. What rows did before stays.
    pub(super) fn put(&mut self, stored: impl Iterator<Item = Component>, namesakes: Vec<Namesake>) {
        for component in stored {
            let part = Part { component, state: State::Stored, line: 0 };
            self.parts.entry(part.component.id.clone()).or_insert(part);
        }
        for namesake in namesakes {
            let same = self.namesakes.entry(namesake.id.serial_number.clone()).or_default();
            if let Err(place) = same.binary_search_by(|other| other.id.cmp(&namesake.id)) {
                same.insert(place, namesake);
            }
        }
    }

    /// What another one has changed of the parts that these rows are about, or could be taken for, as if it were stored.
    pub(super) fn after(before: Option<&Shelf>, batch: &[Result<Row, Notice>]) -> Shelf {
        let mut shelf = Shelf::default();
        let Some(before) = before else { return shelf };
        for row in batch.iter().flatten() {
            let same = before.namesakes.get(&row.id.serial_number).into_iter().flatten();
            let parts = same.filter_map(|namesake| before.parts.get(&namesake.id));
            let changed = parts.filter(|part| part.state != State::Stored).map(|part| &part.component);
            let namesakes = changed.clone().map(namesake).collect();
            shelf.put(changed.cloned(), namesakes);
        }
        shelf
    }

    /// What is to be written, in the order of the rows.
    pub(super) fn writes(&self) -> (Vec<Component>, Vec<Correction>) {
        let mut changed: Vec<&Part> =
            self.parts.values().filter(|part| part.state != State::Stored).collect();
        changed.sort_by_key(|part| part.line);
        let of = |state| changed.iter().filter(move |part| part.state == state).map(|part| &part.component);
        let correction = |component: &Component| Correction {
            component: component.id.clone(),
            org: component.org.clone(),
            facts: component.facts.clone(),
        };
        (of(State::New).cloned().collect(), of(State::Corrected).map(correction).collect())
    }

    fn set(&mut self, component: Component, state: State, line: u64) {
        let same = self.namesakes.entry(component.id.serial_number.clone()).or_default();
        let namesake = namesake(&component);
        same.retain(|other| other.id != namesake.id);
        let place = same.partition_point(|other| other.id < namesake.id);
        same.insert(place, namesake);
        let first = self.parts.get(&component.id).map(|part| part.line).filter(|first| *first > 0);
        let line = first.unwrap_or(line);
        self.parts.insert(component.id.clone(), Part { component, state, line });
    }

    /// The part that a device of this one could be taken for, and that it was not taken for before.
    fn confusable(&self, component: &Component, issuers: &IssuerSet) -> Option<ComponentId> {
        let same = self.namesakes.get(&component.id.serial_number)?;
        let others = same.iter().filter(|other| other.id != component.id);
        let under_one_root = others.filter(|other| issuers.share_root(other.id.ien, component.id.ien));
        match commands::tell_apart(component, under_one_root) {
            Err(Violation::AmbiguousSerial { other, .. }) => other,
            _ => None,
        }
    }
}

/// Lays rows over the shelf, one by one.
#[derive(Debug)]
pub(super) struct Planner<'a> {
    pub(super) shelf: &'a mut Shelf,
    pub(super) issuers: &'a IssuerSet,
    pub(super) options: &'a ImportOptions,
    pub(super) tally: Tally,
    pub(super) notices: Vec<Notice>,
}

impl Planner<'_> {
    pub(super) fn lay(&mut self, row: &Result<Row, Notice>) {
        let outcome = row.as_ref().map_err(Notice::clone).and_then(|row| self.take(row));
        if let Err(notice) = outcome {
            self.tally.refused += 1;
            self.notices.push(notice);
        }
    }

    fn take(&mut self, row: &Row) -> Result<(), Notice> {
        if !self.issuers.serves(row.id.ien) {
            let reason = format!("`{}` is not served here; add it to an issuer's `iens`", row.id.ien);
            return Err(refused(row.line, Column::Ien, reason));
        }
        let known = self.shelf.parts.get(&row.id).map(|part| (&part.component, part.state));
        let Some((known, state)) = known else {
            return self.add(row);
        };
        if known.org != self.options.org {
            return Err(refused(row.line, Column::SerialNumber, foreign(&known.org)));
        }
        let facts = over(row, &known.facts)?;
        let Some((column, reason)) = difference(&known.facts, &facts) else {
            self.tally.unchanged += 1;
            return Ok(());
        };
        if !self.options.update {
            return Err(refused(row.line, column, reason));
        }
        let told_apart_anew = known.facts.idevid_issuer != facts.idevid_issuer;
        let corrected = Component { facts, ..known.clone() };
        let state = if state == State::New { State::New } else { State::Corrected };
        self.tally.updated += 1;
        self.keep(row, corrected, state, told_apart_anew);
        Ok(())
    }

    fn add(&mut self, row: &Row) -> Result<(), Notice> {
        let facts = over(row, &Facts::default())?;
        let component = Component { id: row.id.clone(), org: self.options.org.clone(), group: None, facts };
        self.tally.added += 1;
        self.keep(row, component, State::New, true);
        Ok(())
    }

    fn keep(&mut self, row: &Row, component: Component, state: State, warn: bool) {
        let is_conversion = |remark: &Notice| matches!(remark, Notice::Converted { .. });
        self.tally.converted += u64::from(row.remarks.iter().any(is_conversion));
        self.notices.extend(row.remarks.iter().cloned());
        if let Some(other) = self.shelf.confusable(&component, self.issuers).filter(|_| warn) {
            self.notices.push(Notice::Ambiguous { line: row.line, component: component.id.clone(), other });
        }
        self.shelf.set(component, state, row.line);
    }
}

fn namesake(component: &Component) -> Namesake {
    Namesake { id: component.id.clone(), idevid_issuer: component.facts.idevid_issuer.clone() }
}

fn over(row: &Row, facts: &Facts) -> Result<Facts, Notice> {
    row.said.over(facts).map_err(|clash| refused(row.line, clash.column, clash.reason))
}

fn foreign(owner: &OrgId) -> String {
    let owner = Excerpt::of(owner.as_str());
    format!("the part belongs to `{owner}`; a transfer moves it")
}
