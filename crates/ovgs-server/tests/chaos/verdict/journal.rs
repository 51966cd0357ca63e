//! The journal tells of each answered write once, in order, and of nothing else; and of each answered voucher.

use std::collections::BTreeMap;

use chrono::DateTime;
use ovgs_domain::{Change, Event};
use ovgs_store::{EventFilter, Journal, SqlStore, VoucherFilter};

use crate::{
    ledger::{Entry, Ledger, Moves, Thing},
    load::CONTESTED,
    stage::Stage,
    world::ARENA,
};

/// How many records are read at once.
const PAGE: usize = 5000;

/// What the journal tells of each thing: its values, one after the other.
#[derive(Default)]
struct Told {
    values: BTreeMap<Thing, Vec<Option<String>>>,
    /// Which thing an id is of.
    ids: BTreeMap<String, Thing>,
}

pub(super) async fn check(stage: &Stage, store: &SqlStore) {
    let told = read(store, &stage.ledger).await;
    let mut things = stage.ledger.things();
    for (thing, values) in told.values {
        let entries = things.remove(&thing).unwrap_or_default();
        if !is_contested(&thing) {
            compare(&stage.ledger, &thing, &entries, &values);
        } else if let (Thing::Place { serial }, Some(moves)) = (&thing, contested(&stage.ledger, &thing)) {
            compare_moves(&stage.ledger, serial, &moves, &values);
        }
    }
    for (thing, entries) in things {
        compare(&stage.ledger, &thing, &entries, &[]);
    }
    check_vouchers(stage, store).await;
}

/// Whether several move it.
pub(super) fn is_contested(thing: &Thing) -> bool {
    let is_moved = |serial: &str| (0..CONTESTED).any(|part| serial == format!("{ARENA}-{part:03}"));
    matches!(thing, Thing::Place { serial } if is_moved(serial))
}

fn contested(ledger: &Ledger, thing: &Thing) -> Option<Moves> {
    let Thing::Place { serial } = thing else { return None };
    Some(ledger.contested().remove(serial).unwrap_or_default())
}

/// The history that was answered must be the one that is told.
fn compare(ledger: &Ledger, thing: &Thing, entries: &[Entry], told: &[Option<String>]) {
    let answered: Vec<&Entry> = entries.iter().filter(|entry| entry.answered).collect();
    let first_wrong = answered.iter().zip(told).find(|(entry, told)| entry.value != **told);
    if let Some((entry, told)) = first_wrong {
        let text = format!("{thing:?} is told to be {told:?}, but {} was answered", entry.evidence);
        return ledger.violation(text);
    }
    if let Some(lost) = answered.get(told.len()) {
        let text = format!("the journal tells nothing of {}, which was answered: {thing:?}", lost.evidence);
        return ledger.violation(text);
    }
    let maybe = entries.len() - answered.len();
    if told.len() > answered.len() + maybe {
        let more = &told[answered.len()..];
        ledger.violation(format!("the journal tells of {more:?}, which nobody asked for: {thing:?}"));
    }
}

/// Of a part that several move about, every answered move is told, and no more others than got no answer.
fn compare_moves(ledger: &Ledger, serial: &str, moves: &Moves, told: &[Option<String>]) {
    let mut others: Vec<&Option<String>> = told.iter().collect();
    for (to, evidence) in &moves.answered {
        match others.iter().position(|told| *told == to) {
            Some(index) => drop(others.swap_remove(index)),
            None => ledger.violation(format!("the journal tells nothing of {evidence} for `{serial}`")),
        }
    }
    if others.len() > moves.doubtful {
        let (more, doubtful) = (others.len(), moves.doubtful);
        ledger.violation(format!("`{serial}` was moved {more} times unseen, though only {doubtful} may be"));
    }
}

async fn read(store: &SqlStore, ledger: &Ledger) -> Told {
    let (mut told, mut after) = (Told::default(), None);
    let mut places = BTreeMap::new();
    loop {
        let page = store.events(&EventFilter::default(), after, PAGE).await.unwrap();
        let Some(last) = page.last() else { return told };
        after = Some(last.position);
        for record in page {
            match record.event {
                Event::TreeChanged { change, .. } => told.take(change),
                Event::ComponentPlaced { component, from, to, .. } => {
                    let serial = component.serial_number.to_string();
                    let before = places.insert(serial.clone(), to.clone()).flatten();
                    if before != from {
                        ledger
                            .violation(format!("`{serial}` left {from:?} for {to:?}, but was in {before:?}"));
                    }
                    told.put(Thing::Place { serial }, to.map(|group| group.to_string()));
                }
                _ => {}
            }
        }
    }
}

impl Told {
    fn put(&mut self, thing: Thing, value: Option<String>) {
        self.values.entry(thing).or_default().push(value);
    }

    /// As [`put`](Told::put), for what has an id of its own.
    fn put_made(&mut self, thing: Thing, id: String) {
        self.ids.insert(id.clone(), thing.clone());
        self.put(thing, Some(id));
    }

    fn put_deleted(&mut self, id: &str) {
        if let Some(thing) = self.ids.remove(id) {
            self.put(thing, None);
        }
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::GroupCreated { group, parent, description } => {
                let thing = Thing::Group { parent: parent.to_string(), description: description.to_string() };
                self.put_made(thing, group.to_string());
            }
            Change::GroupDeleted { group } => self.put_deleted(group.as_str()),
            Change::DelegationAdded { group, delegate } => {
                let thing = Thing::Delegation { group: group.to_string(), org: delegate.to_string() };
                self.put(thing, Some(String::new()));
            }
            Change::DelegationRemoved { group, delegate } => {
                self.put(Thing::Delegation { group: group.to_string(), org: delegate.to_string() }, None);
            }
            Change::RoleAdded { group, user, role } => {
                let thing = Thing::Role { group: group.to_string(), user: user.to_string() };
                self.put(thing, Some(role.to_string()));
            }
            Change::RoleRemoved { group, user } => {
                self.put(Thing::Role { group: group.to_string(), user: user.to_string() }, None);
            }
            Change::DomainCertCreated { group, cert, .. } => {
                let expiry = cert.expiry_time.signed_duration_since(DateTime::UNIX_EPOCH).num_seconds();
                self.put_made(Thing::Cert { group: group.to_string(), expiry }, cert.id.to_string());
            }
            Change::DomainCertDeleted { cert, .. } => self.put_deleted(cert.as_str()),
        }
    }
}

/// Every answered voucher has one record, and no more others have than may have been signed for nobody.
async fn check_vouchers(stage: &Stage, store: &SqlStore) {
    let mut records = BTreeMap::new();
    let (mut after, mut count) = (None, 0);
    loop {
        let page = store.vouchers(&VoucherFilter::default(), after, PAGE).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        count += page.len();
        records.extend(page.into_iter().map(|record| (*record.voucher.voucher.as_bytes(), record.voucher)));
    }
    let ledger = &stage.ledger;
    if records.len() != count {
        ledger.violation(format!("{count} vouchers have {} records that differ", records.len()));
    }
    let answered = ledger.vouchers();
    for issued in &answered {
        let evidence = &issued.evidence;
        let Some(record) = records.remove(issued.voucher.as_bytes()) else {
            ledger.violation(format!("no record of a voucher for `{}` by {evidence}", issued.serial));
            continue;
        };
        let told =
            (record.component.serial_number.as_str(), record.cert.as_str(), record.request_id.as_str());
        let is = (issued.serial.as_str(), issued.cert_id.as_str(), evidence.request_id.as_str());
        if told != is {
            ledger.violation(format!("the record of a voucher says {told:?}, but it is {is:?}"));
        }
    }
    if records.len() > ledger.lost_vouchers() {
        let (more, maybe) = (records.len(), ledger.lost_vouchers());
        ledger.violation(format!("{more} vouchers are recorded that nobody got, though only {maybe} may be"));
    }
}
