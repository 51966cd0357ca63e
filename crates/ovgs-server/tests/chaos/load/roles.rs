//! AddUserRole, RemoveUserRole, GetUserRole: what a user may do changes with the answer, at every server at once.

use futures_util::future::join_all;
use ovgs_proto::v1 as pb;
use rand::seq::IndexedRandom;
use tonic::Code;

use super::{certs, make_group};
use crate::{
    caller::{Caller, Settled},
    ledger::Thing,
    stage::Stage,
    world::{Household, PROGRAM, Staff, account, in_days, role_name},
};

/// Somebody whose role comes and goes.
pub(super) struct Guest {
    pub(super) org: String,
    /// The same user several times, so that all servers can be asked at once: one for each.
    pub(super) callers: Vec<Caller>,
}

impl Guest {
    pub(super) fn of(household: &Household, stage: &Stage, task: &str) -> Guest {
        let caller = |seat| household.caller(Staff::Guest, &format!("{task}-{seat}"));
        Guest { org: household.org.clone(), callers: (0..stage.fleet.seats()).map(caller).collect() }
    }

    /// Asks every server for the group. Whoever answers must know of the last change.
    pub(super) async fn probe(&mut self, group: &str, welcome: bool) {
        let probes = self.callers.iter_mut().enumerate().map(|(seat, caller)| async move {
            let request = pb::GetGroupRequest { group_id: group.to_owned() };
            let Some(settled) = caller.ask(seat, request).await else { return };
            judge(caller, &settled, welcome);
        });
        join_all(probes).await;
    }

    /// As [`probe`](Guest::probe), with a call that takes more than reading.
    async fn probe_write(&mut self, group: &str, role: pb::UserRole) {
        let probes = self.callers.iter_mut().enumerate().map(|(seat, caller)| async move {
            if role == pb::UserRole::Admin {
                let request = pb::CreateGroupRequest { parent: group.into(), description: "stale".into() };
                if let Some(settled) = caller.ask(seat, request).await {
                    judge(caller, &settled, false);
                }
            } else if role == pb::UserRole::Assigner {
                if let Some(settled) = caller.ask(seat, certs::request(group, in_days(2))).await {
                    judge(caller, &settled, false);
                }
            } else {
                let request = pb::GetComponentsRequest { group_id: group.into() };
                if let Some(settled) = caller.ask(seat, request).await {
                    judge(caller, &settled, false);
                }
            }
        });
        join_all(probes).await;
    }
}

fn judge<A>(caller: &Caller, settled: &Settled<A>, welcome: bool) {
    let code = settled.result.as_ref().map_or_else(tonic::Status::code, |_| Code::Ok);
    let expected = if welcome { Code::Ok } else { Code::PermissionDenied };
    if code != expected {
        let what = format!("authorization is stale: {expected:?} was due, not {code:?}");
        caller.violation::<()>(&settled.evidence, &what);
    }
    caller.stage.tally.probe();
}

pub(super) fn run(household: &Household) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut admin = household.caller(Staff::Admin, "roles");
    let mut guest = Guest::of(household, &admin.stage, "roles");
    async move {
        let group = make_group(&mut admin, &org, "roles").await?;
        guest.probe(&group, false).await;
        while !admin.stage.is_over() {
            let roles = [pb::UserRole::Admin, pb::UserRole::Assigner, pb::UserRole::Requestor];
            let role = *roles.choose(&mut admin.rng)?;
            give(&mut admin, &group, &guest.org, role).await?;
            guest.probe(&group, true).await;
            shown(&mut admin, &group, &org, role).await?;
            take(&mut admin, &group, &guest.org).await?;
            guest.probe(&group, false).await;
            guest.probe_write(&group, role).await;
        }
        Some(())
    }
}

/// Gives the guest of an organization a role.
pub(super) async fn give(admin: &mut Caller, group: &str, org: &str, role: pb::UserRole) -> Option<()> {
    let request = add_request(group, org, role);
    let thing = Thing::Role { group: group.into(), user: account(org, Staff::Guest.name()) };
    admin.set(request, Code::AlreadyExists, thing, Some(&role_name(role.into()))).await
}

pub(super) fn add_request(group: &str, org: &str, role: pb::UserRole) -> pb::AddUserRoleRequest {
    pb::AddUserRoleRequest {
        username: Staff::Guest.name().into(),
        user_type: PROGRAM,
        org_id: org.into(),
        group_id: group.into(),
        user_role: role.into(),
    }
}

/// Takes it away again.
pub(super) async fn take(admin: &mut Caller, group: &str, org: &str) -> Option<()> {
    let request = pb::RemoveUserRoleRequest {
        username: Staff::Guest.name().into(),
        user_type: PROGRAM,
        org_id: org.into(),
        group_id: group.into(),
    };
    let thing = Thing::Role { group: group.into(), user: account(org, Staff::Guest.name()) };
    admin.set(request, Code::NotFound, thing, None).await
}

/// The role is shown, and is not given a second time.
async fn shown(admin: &mut Caller, group: &str, org: &str, role: pb::UserRole) -> Option<()> {
    let request = pb::GetUserRoleRequest {
        username: Staff::Guest.name().into(),
        user_type: PROGRAM,
        org_id: org.into(),
    };
    let shown = admin.must(request).await?;
    if shown.groups.get(group) != Some(&i32::from(role)) {
        admin.stage.ledger.violation(format!("GetUserRole shows {shown:?}, not {role:?} in `{group}`"));
    }
    admin.refused(add_request(group, org, role), Code::AlreadyExists).await.map(drop)
}
