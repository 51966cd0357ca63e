//! What every server shows is what was answered last.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_proto::v1 as pb;

use super::journal::is_contested;
use crate::{
    caller::Caller,
    ledger::{Entry, Ledger, Thing},
    stage::Stage,
    world::{Household, PARTS, Staff, account, role_name},
};

/// Everything that is there, as one server shows it.
type Shown = BTreeMap<Thing, String>;

pub(super) async fn check(stage: &Stage, households: &[Household]) {
    for seat in 0..stage.fleet.seats() {
        let mut shown = Shown::new();
        for household in households {
            let mut admin = household.caller(Staff::Admin, &format!("verdict-{seat}"));
            if walk(&mut admin, seat, household, &mut shown).await.is_none() {
                return stage
                    .ledger
                    .violation(format!("server {seat} does not show all of {}", household.org));
            }
        }
        compare(&stage.ledger, seat, shown);
    }
}

async fn walk(admin: &mut Caller, seat: usize, household: &Household, shown: &mut Shown) -> Option<()> {
    let mut groups = vec![household.org.clone()];
    while let Some(group_id) = groups.pop() {
        let group = ask(admin, seat, pb::GetGroupRequest { group_id: group_id.clone() }).await?;
        let is_root = group_id == household.org;
        for child in &group.child_group_ids {
            let description =
                ask(admin, seat, pb::GetGroupRequest { group_id: child.clone() }).await?.description;
            shown.insert(Thing::Group { parent: group_id.clone(), description }, child.clone());
        }
        groups.extend(group.child_group_ids);
        for user in group.users {
            let user_name = account(&user.org_id, &user.username);
            shown.insert(Thing::Role { group: group_id.clone(), user: user_name }, role_name(user.user_role));
        }
        for cert_id in group.cert_ids {
            let cert = ask(admin, seat, pb::GetDomainCertRequest { cert_id: cert_id.clone() }).await?;
            shown.insert(Thing::Cert { group: group_id.clone(), expiry: cert.expiry_time?.seconds }, cert_id);
        }
        for (org, list) in group.delegated_orgs {
            if list.group_ids.contains(&group_id) {
                shown.insert(Thing::Delegation { group: group_id.clone(), org }, String::new());
            }
        }
        let serials: BTreeSet<String> = group.components.into_iter().map(|one| one.serial_number).collect();
        if is_root && serials.len() != PARTS {
            admin.stage.ledger.violation(format!("{group_id} has {} parts, not {PARTS}", serials.len()));
        }
        for serial in serials.into_iter().filter(|_| !is_root) {
            shown.insert(Thing::Place { serial }, group_id.clone());
        }
    }
    Some(())
}

async fn ask<C: crate::call::Call>(admin: &mut Caller, seat: usize, message: C) -> Option<C::Answer> {
    let settled = admin.ask(seat, message).await?;
    match settled.result {
        Ok(answer) => Some(answer),
        Err(status) => admin.violation(&settled.evidence, &format!("success was due, not {status:?}")),
    }
}

fn compare(ledger: &Ledger, seat: usize, mut shown: Shown) {
    for (thing, entries) in ledger.things() {
        let is = shown.remove(&thing);
        let answered = entries.iter().rfind(|entry| entry.answered);
        let is_certain = entries.last().is_some_and(|entry| entry.answered);
        let expected = answered.and_then(|entry| entry.value.clone());
        if is_certain && is != expected {
            let evidence = answered.map(|entry: &Entry| entry.evidence.to_string()).unwrap_or_default();
            ledger.violation(format!(
                "server {seat} shows {thing:?} as {is:?}, not as {expected:?}, which {evidence} made it"
            ));
        }
    }
    for (thing, is) in shown.into_iter().filter(|(thing, _)| !is_contested(thing)) {
        ledger.violation(format!("server {seat} shows {thing:?} as {is:?}, which nobody asked for"));
    }
}
