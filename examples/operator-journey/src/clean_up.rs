//! Sixth stage: everything goes again, the last thing made first.

use ovgs_proto::v1 as pb;

use crate::{
    connection::{Client, answer},
    tell,
};

/// Empties a group and deletes it, whatever is in it. Vouchers already issued stay valid.
pub(crate) async fn group(client: &mut Client, group: &str) -> anyhow::Result<()> {
    let found = answer("GetGroup", client.get_group(pb::GetGroupRequest { group_id: group.into() }).await)?;
    for cert_id in found.cert_ids {
        delete_certificate(client, cert_id).await?;
    }
    for component in found.components {
        remove_serial(client, group, component).await?;
    }
    for user in found.users {
        remove_role(client, group, user).await?;
    }
    answer("DeleteGroup", client.delete_group(pb::DeleteGroupRequest { group_id: group.into() }).await)?;
    tell("DeleteGroup", format_args!("`{group}` is no more"));
    Ok(())
}

async fn delete_certificate(client: &mut Client, cert_id: String) -> anyhow::Result<()> {
    let request = pb::DeleteDomainCertRequest { cert_id: cert_id.clone() };
    answer("DeleteDomainCert", client.delete_domain_cert(request).await)?;
    tell("DeleteDomainCert", format_args!("`{cert_id}` can be pinned no longer"));
    Ok(())
}

async fn remove_serial(client: &mut Client, group: &str, component: pb::Component) -> anyhow::Result<()> {
    let serial = component.serial_number.clone();
    let request = pb::RemoveSerialRequest { component: Some(component), group_id: group.into() };
    answer("RemoveSerial", client.remove_serial(request).await)?;
    tell("RemoveSerial", format_args!("`{serial}` is back in the root alone"));
    Ok(())
}

async fn remove_role(client: &mut Client, group: &str, user: pb::User) -> anyhow::Result<()> {
    let request = pb::RemoveUserRoleRequest {
        username: user.username.clone(),
        user_type: user.user_type,
        org_id: user.org_id,
        group_id: group.into(),
    };
    answer("RemoveUserRole", client.remove_user_role(request).await)?;
    tell("RemoveUserRole", format_args!("`{}` has no role in the group any more", user.username));
    Ok(())
}
