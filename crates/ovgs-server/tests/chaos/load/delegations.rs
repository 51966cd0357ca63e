//! AddGroupDelegatedOrg, RemoveGroupDelegatedOrg: users of another organization come and go.

use ovgs_proto::v1 as pb;
use tonic::Code;

use super::{
    make_group,
    roles::{Guest, add_request, give, take},
};
use crate::{
    caller::Caller,
    ledger::Thing,
    world::{Household, Staff},
};

const ROLE: pb::UserRole = pb::UserRole::Requestor;

pub(super) fn run(
    household: &Household,
    partner: &Household,
) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut admin = household.caller(Staff::Admin, "delegations");
    let mut guest = Guest::of(partner, &admin.stage, &format!("delegations of {org}"));
    async move {
        let group = make_group(&mut admin, &org, "delegations").await?;
        while !admin.stage.is_over() {
            let partner = guest.org.clone();
            admin.refused(add_request(&group, &partner, ROLE), Code::FailedPrecondition).await?;
            delegate(&mut admin, &group, &partner).await?;
            give(&mut admin, &group, &partner, ROLE).await?;
            guest.probe(&group, true).await;
            admin.refused(removal(&group, &partner), Code::FailedPrecondition).await?;
            take(&mut admin, &group, &partner).await?;
            guest.probe(&group, false).await;
            take_back(&mut admin, &group, &partner).await?;
        }
        Some(())
    }
}

fn removal(group: &str, org: &str) -> pb::RemoveGroupDelegatedOrgRequest {
    pb::RemoveGroupDelegatedOrgRequest { group_id: group.into(), org_id: org.into() }
}

async fn delegate(admin: &mut Caller, group: &str, org: &str) -> Option<()> {
    let request = pb::AddGroupDelegatedOrgRequest { group_id: group.into(), org_id: org.into() };
    let thing = Thing::Delegation { group: group.into(), org: org.into() };
    admin.set(request, Code::AlreadyExists, thing, Some("")).await?;
    let shown = admin.must(pb::GetGroupRequest { group_id: group.into() }).await?;
    if shown.delegated_orgs.get(org).map(|list| list.group_ids.as_slice()) != Some(&[group.to_owned()]) {
        admin.stage.ledger.violation(format!("the delegation to `{org}` is not shown: {shown:?}"));
    }
    Some(())
}

async fn take_back(admin: &mut Caller, group: &str, org: &str) -> Option<()> {
    let thing = Thing::Delegation { group: group.into(), org: org.into() };
    admin.set(removal(group, org), Code::NotFound, thing, None).await
}
