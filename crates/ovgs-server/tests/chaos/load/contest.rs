//! Several programs want the same at once: exactly one makes a thing, and a part is in one place at a time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use ovgs_proto::v1 as pb;
use rand::Rng;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use super::{certs, existing, make_group};
use crate::{
    caller::{Caller, Settled},
    ledger::{Evidence, Thing},
    world::{ARENA, Household, Staff, component, in_days},
};

/// How many take part.
const CONTESTANTS: usize = 4;

/// How many parts of the arena, from the first one on, everybody moves about.
pub(crate) const CONTESTED: usize = 2;

struct Contestant {
    admin: Caller,
    /// What all of them want now.
    round: Arc<AtomicI64>,
    first_expiry: i64,
    group: String,
    serials: [String; CONTESTED],
}

pub(super) fn start(households: &[Household], tasks: &mut JoinSet<Option<()>>) {
    let Some(arena) = households.iter().find(|household| household.org == ARENA) else { return };
    let (round, first_expiry) = (Arc::new(AtomicI64::new(0)), in_days(3));
    for number in 0..CONTESTANTS {
        let mut admin = arena.caller(Staff::Admin, &format!("contest-{number}"));
        let (round, serials) = (round.clone(), [0, 1].map(|part| arena.serial(part)));
        tasks.spawn(async move {
            let group = make_group(&mut admin, ARENA, &format!("contestant {number}")).await?;
            let mut contestant = Contestant { admin, round, first_expiry, group, serials };
            while !contestant.admin.stage.is_over() {
                match contestant.admin.rng.random_range(0..6) {
                    0..4 => contestant.race().await?,
                    4 => contestant.grab().await?,
                    _ => contestant.let_go().await?,
                }
            }
            Some(())
        });
    }
}

impl Contestant {
    /// Makes the group or certificate of this round, unless somebody is faster, and opens the next round.
    async fn race(&mut self) -> Option<()> {
        let round = self.round.load(Ordering::SeqCst);
        if round % 2 == 0 {
            let description = format!("round {round}");
            let request = pb::CreateGroupRequest { parent: ARENA.into(), description: description.clone() };
            let Settled { result, doubts, evidence } = self.admin.settle(request).await?;
            let thing = Thing::Group { parent: ARENA.into(), description };
            self.claim(thing, result.map(|made| made.group_id), "group_id", doubts, evidence);
        } else {
            let expiry = self.first_expiry + round;
            let settled = self.admin.settle(certs::request(ARENA, expiry)).await?;
            let Settled { result, doubts, evidence } = settled;
            let thing = Thing::Cert { group: ARENA.into(), expiry };
            self.claim(thing, result.map(|made| made.cert_id), "cert_id", doubts, evidence);
        }
        // It fails if somebody else did it, which is as good.
        let _ = self.round.compare_exchange(round, round + 1, Ordering::SeqCst, Ordering::SeqCst);
        Some(())
    }

    fn claim(
        &self,
        thing: Thing,
        made: Result<String, Status>,
        key: &str,
        doubts: usize,
        evidence: Evidence,
    ) {
        let (id, won) = match made {
            Ok(id) => (Some(id), true),
            Err(status) if status.code() == Code::AlreadyExists => (existing(&status, key), false),
            Err(_) => (None, false),
        };
        let Some(id) = id else {
            self.admin.violation::<()>(&evidence, &format!("neither won nor lost {thing:?}"));
            return;
        };
        if won || doubts > 0 {
            self.admin.stage.tally.write();
        }
        self.admin.stage.ledger.claim(thing, &id, won, doubts, evidence);
    }

    /// Takes a part into the group of one's own, from wherever it is.
    async fn grab(&mut self) -> Option<()> {
        let serial = self.any();
        let request = pb::AddSerialRequest { component: component(&serial), group_id: self.group.clone() };
        let settled = self.admin.settle(request).await?;
        let to = Some(self.group.clone());
        self.moved(
            &serial,
            to,
            settled.result.map(drop),
            Code::AlreadyExists,
            settled.doubts,
            settled.evidence,
        )
    }

    /// Gives it back to the root, if it is here.
    async fn let_go(&mut self) -> Option<()> {
        let serial = self.any();
        let request = pb::RemoveSerialRequest { component: component(&serial), group_id: self.group.clone() };
        let settled = self.admin.settle(request).await?;
        self.moved(&serial, None, settled.result.map(drop), Code::NotFound, settled.doubts, settled.evidence)
    }

    fn any(&mut self) -> String {
        self.serials[self.admin.rng.random_range(0..CONTESTED)].clone()
    }

    fn moved(
        &self,
        serial: &str,
        to: Option<String>,
        result: Result<(), Status>,
        not_now: Code,
        doubts: usize,
        evidence: Evidence,
    ) -> Option<()> {
        let ledger = &self.admin.stage.ledger;
        ledger.maybe_moved(serial, doubts);
        match result {
            Ok(()) => {
                self.admin.stage.tally.write();
                ledger.moved(serial, to, evidence);
                Some(())
            }
            Err(status) if status.code() == not_now => Some(()),
            Err(status) => self.admin.violation(&evidence, &format!("neither moved nor lost: {status:?}")),
        }
    }
}
