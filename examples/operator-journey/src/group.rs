//! First stage: a group below the organization's root.

use anyhow::Context;
use ovgs_proto::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    clean_up,
    connection::{Client, answer, refused},
    tell,
};

const DESCRIPTION: &str = "operator journey";

/// Makes the group in which everything else happens. One that an earlier journey left behind is cleared away first.
pub(crate) async fn create(client: &mut Client, org: &str) -> anyhow::Result<String> {
    let request = pb::CreateGroupRequest { parent: org.into(), description: DESCRIPTION.into() };
    let mut outcome = client.create_group(request.clone()).await;
    if let Err(refusal) = &outcome
        && refusal.code() == Code::AlreadyExists
    {
        // The refusal carries the id, so that a client whose answer was lost can go on.
        let info = refusal.get_error_details().error_info().cloned();
        let left = info.and_then(|mut info| info.metadata.remove("group_id"));
        let left = left.with_context(|| refused("CreateGroup", refusal))?;
        tell("CreateGroup", format_args!("`{left}` is left from an earlier journey and goes first"));
        clean_up::group(client, &left).await?;
        outcome = client.create_group(request).await;
    }
    let group = answer("CreateGroup", outcome)?.group_id;
    tell("CreateGroup", format_args!("`{group}`, \"{DESCRIPTION}\", hangs below `{org}`"));
    Ok(group)
}
