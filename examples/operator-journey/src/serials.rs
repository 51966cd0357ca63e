//! Fourth stage: the parts.

use anyhow::ensure;
use ovgs_proto::v1 as pb;

use crate::{
    connection::{Client, answer},
    parts, tell,
};

/// Finds our parts in the root, moves them into the group, and looks at them in every way there is.
pub(crate) async fn assign(client: &mut Client, org: &str, group: &str) -> anyhow::Result<()> {
    look_for_ours(client, org).await?;
    for part in parts() {
        let serial = part.serial_number.clone();
        let request = pb::AddSerialRequest { component: Some(part), group_id: group.into() };
        answer("AddSerial", client.add_serial(request).await)?;
        tell("AddSerial", format_args!("`{serial}` is in the group now"));
    }
    look_at_one(client, org, group).await?;
    look_at_both(client).await?;
    stream(client, group).await
}

/// The root group has all parts, wherever else they are.
async fn look_for_ours(client: &mut Client, org: &str) -> anyhow::Result<()> {
    let owned =
        answer("GetGroup", client.get_group(pb::GetGroupRequest { group_id: org.into() }).await)?.components;
    for part in parts() {
        ensure!(
            owned.contains(&part),
            "GetGroup: `{}` is not among the parts of `{org}`",
            part.serial_number
        );
    }
    tell("GetGroup", format_args!("`{org}` owns {} parts, ours among them", owned.len()));
    Ok(())
}

async fn look_at_one(client: &mut Client, org: &str, group: &str) -> anyhow::Result<()> {
    let [part, _] = parts();
    let serial = part.serial_number.clone();
    let details =
        answer("GetSerial", client.get_serial(pb::GetSerialRequest { component: Some(part) }).await)?;
    ensure!(details.group_ids == [group, org], "GetSerial: `{serial}` is in {:?}", details.group_ids);
    let key = if details.tpm_info.is_some() { "with" } else { "without" };
    tell("GetSerial", format_args!("`{serial}` is in the group and in the root, {key} facts about its TPM"));
    Ok(())
}

async fn look_at_both(client: &mut Client) -> anyhow::Result<()> {
    let asked = parts();
    let request = pb::GetSerialsRequest { components: asked.to_vec() };
    let details = answer("GetSerials", client.get_serials(request).await)?.serials;
    ensure!(details.len() == asked.len(), "GetSerials answered {} of {} parts", details.len(), asked.len());
    tell("GetSerials", format_args!("{} parts looked up in one call", details.len()));
    Ok(())
}

/// The way to read a group of a million parts: one after the other, as fast as we take them.
async fn stream(client: &mut Client, group: &str) -> anyhow::Result<()> {
    let request = pb::GetComponentsRequest { group_id: group.into() };
    let mut stream = answer("GetComponents", client.get_components(request).await)?;
    let mut found = Vec::new();
    while let Some(next) = stream.message().await? {
        found.extend(next.component);
    }
    ensure!(found == parts(), "GetComponents: the group holds {} parts, not the two of ours", found.len());
    tell("GetComponents", format_args!("the group streams its {} parts, in order", found.len()));
    Ok(())
}
