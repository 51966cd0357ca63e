//! The load: tasks that call until the run is over. Each family of calls has a file, and each task things of its own.

mod certs;
mod contest;
mod delegations;
mod groups;
mod roles;
mod serials;
mod vouchers;

use ovgs_proto::v1 as pb;
use tokio::task::JoinSet;
use tonic::Code;
use tonic_types::StatusExt as _;

pub(crate) use self::contest::CONTESTED;
use crate::{
    caller::{Caller, Effect},
    ledger::Thing,
    world::{Household, PARTNER},
};

/// Starts all tasks of all organizations. A task ends early if something happened that must not.
pub(crate) fn start(households: &[Household]) -> JoinSet<Option<()>> {
    let mut tasks = JoinSet::new();
    let partner = households.iter().find(|household| household.org == PARTNER);
    for household in households.iter().filter(|household| household.org.starts_with("org-home-")) {
        tasks.spawn(groups::run(household));
        tasks.spawn(roles::run(household));
        tasks.spawn(serials::run(household));
        tasks.spawn(certs::run(household));
        tasks.spawn(vouchers::run(household));
        if let Some(partner) = partner {
            tasks.spawn(delegations::run(household, partner));
        }
    }
    contest::start(households, &mut tasks);
    tasks
}

/// Makes a group that is a task's own.
async fn make_group(admin: &mut Caller, parent: &str, description: &str) -> Option<String> {
    let request = pb::CreateGroupRequest { parent: parent.into(), description: description.into() };
    let Effect { result, evidence } = admin.write(request, Code::AlreadyExists).await?;
    let id = match result {
        Ok(made) => made.group_id,
        Err(status) => match existing(&status, "group_id") {
            Some(id) => id,
            None => return admin.violation(&evidence, &format!("no id of what exists: {status:?}")),
        },
    };
    let thing = Thing::Group { parent: parent.into(), description: description.into() };
    admin.stage.ledger.answered(thing, Some(id.clone()), evidence);
    Some(id)
}

/// The id that an `ALREADY_EXISTS` carries.
fn existing(status: &tonic::Status, key: &str) -> Option<String> {
    status.get_details_error_info().and_then(|info| info.metadata.get(key).cloned())
}
