//! AddSerial, RemoveSerial, GetSerial, GetSerials, GetComponents: parts that wander between two groups and the root.

use std::{collections::BTreeSet, ops::Range};

use ovgs_proto::v1 as pb;
use rand::Rng;
use tonic::Code;

use super::make_group;
use crate::{
    caller::Caller,
    ledger::Thing,
    world::{Household, PARTS, Staff, component},
};

/// The parts that wander; the others are always in the root alone.
const WANDERING: Range<usize> = 0..PARTS / 2;

struct Storekeeper {
    assigner: Caller,
    org: String,
    groups: [String; 2],
    serials: Vec<String>,
    /// Which of the groups each part is in.
    places: Vec<Option<usize>>,
}

pub(super) fn run(household: &Household) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut admin = household.caller(Staff::Admin, "serials");
    let assigner = household.caller(Staff::Assigner, "serials");
    let serials: Vec<String> = WANDERING.map(|number| household.serial(number)).collect();
    async move {
        let groups = [
            make_group(&mut admin, &org, "serials one").await?,
            make_group(&mut admin, &org, "serials two").await?,
        ];
        let places = vec![None; serials.len()];
        let mut keeper = Storekeeper { assigner, org, groups, serials, places };
        while !keeper.assigner.stage.is_over() {
            match keeper.assigner.rng.random_range(0..10) {
                0..4 => keeper.add().await?,
                4..6 => keeper.remove().await?,
                6 => keeper.look_at_one().await?,
                7 => keeper.look_at_many().await?,
                _ => keeper.look_at_group().await?,
            }
        }
        Some(())
    }
}

impl Storekeeper {
    fn any(&mut self) -> usize {
        self.assigner.rng.random_range(0..self.serials.len())
    }

    async fn add(&mut self) -> Option<()> {
        let (part, to) = (self.any(), self.assigner.rng.random_range(0..2));
        let (serial, group) = (self.serials[part].clone(), self.groups[to].clone());
        let request = pb::AddSerialRequest { component: component(&serial), group_id: group.clone() };
        if self.places[part] == Some(to) {
            self.assigner.refused(request, Code::AlreadyExists).await?;
            return Some(());
        }
        let thing = Thing::Place { serial };
        self.assigner.set(request, Code::AlreadyExists, thing, Some(&group)).await?;
        self.places[part] = Some(to);
        Some(())
    }

    async fn remove(&mut self) -> Option<()> {
        let (part, from) = (self.any(), self.assigner.rng.random_range(0..2));
        let (serial, group_id) = (self.serials[part].clone(), self.groups[from].clone());
        let request = pb::RemoveSerialRequest { component: component(&serial), group_id };
        if self.places[part] != Some(from) {
            self.assigner.refused(request, Code::NotFound).await?;
            return Some(());
        }
        self.assigner.set(request, Code::NotFound, Thing::Place { serial }, None).await?;
        self.places[part] = None;
        Some(())
    }

    /// The groups of a part as GetSerial shows them.
    fn groups_of(&self, part: usize) -> Vec<String> {
        let group = self.places[part].map(|place| self.groups[place].clone());
        group.into_iter().chain([self.org.clone()]).collect()
    }

    async fn look_at_one(&mut self) -> Option<()> {
        let part = self.any();
        let request = pb::GetSerialRequest { component: component(&self.serials[part]) };
        let shown = self.assigner.must(request).await?;
        self.must_be("GetSerial", &[shown.group_ids], &[self.groups_of(part)]);
        Some(())
    }

    async fn look_at_many(&mut self) -> Option<()> {
        let parts: Vec<usize> = (0..self.assigner.rng.random_range(1..8)).map(|_| self.any()).collect();
        let components = parts.iter().filter_map(|part| component(&self.serials[*part])).collect();
        let shown = self.assigner.must(pb::GetSerialsRequest { components }).await?;
        let shown: Vec<Vec<String>> = shown.serials.into_iter().map(|serial| serial.group_ids).collect();
        let expected: Vec<Vec<String>> = parts.iter().map(|part| self.groups_of(*part)).collect();
        self.must_be("GetSerials", &shown, &expected);
        Some(())
    }

    /// Streams one of the groups, or the root with everything.
    async fn look_at_group(&mut self) -> Option<()> {
        let which = self.assigner.rng.random_range(0..3);
        let group_id = self.groups.get(which).unwrap_or(&self.org).clone();
        let shown = self.assigner.must(pb::GetComponentsRequest { group_id }).await?;
        let shown: Vec<String> =
            shown.into_iter().filter_map(|one| Some(one.component?.serial_number)).collect();
        if which == 2 {
            let distinct: BTreeSet<&String> = shown.iter().collect();
            self.must_be("GetComponents", &[distinct.len(), shown.len()], &[PARTS, PARTS]);
            return Some(());
        }
        let here = |(part, _): &(usize, &String)| self.places[*part] == Some(which);
        let expected: Vec<String> =
            self.serials.iter().enumerate().filter(here).map(|(_, serial)| serial.clone()).collect();
        self.must_be("GetComponents", &shown, &expected);
        Some(())
    }

    fn must_be<T: PartialEq + std::fmt::Debug>(&self, call: &str, shown: &[T], expected: &[T]) {
        if shown != expected {
            let org = &self.org;
            self.assigner.stage.ledger.violation(format!("{call} in {org}: {shown:?}, not {expected:?}"));
        }
    }
}
