//! Second stage: who may do what.
//!
//! The service has no call that creates a user or a service account: identities are the vendor's matter, here that of
//! the command line (`ovgs-server user add`, `ovgs-server token issue`). `dev` registered the person `admin` and the
//! service account `srv-admin` and put their tokens into `dev.json`. What the service does know is who holds which role
//! in which group, and a role may be given to somebody before they are registered.

use anyhow::ensure;
use ovgs_proto::v1 as pb;
use pb::{AccountType, UserRole};
use tonic::Code;

use crate::{
    connection::{Client, answer, refused},
    tell,
};

/// Makes the service account an admin of the whole organization, as `dev` has done already.
pub(crate) async fn entrust(admin: &mut Client, org: &str) -> anyhow::Result<()> {
    let robot = member("srv-admin", AccountType::ServiceAccount, org, org, UserRole::Admin);
    match admin.add_user_role(robot.clone()).await {
        Ok(_) => tell("AddUserRole", format_args!("the service account `srv-admin` is ADMIN in `{org}` now")),
        Err(refusal) if refusal.code() == Code::AlreadyExists => {
            tell(
                "AddUserRole",
                format_args!("the service account `srv-admin` has a role in `{org}`, thanks to `dev`"),
            );
        }
        Err(refusal) => return Err(refused("AddUserRole", &refusal)),
    }
    expect(admin, &robot).await
}

/// Gives a person and a service account roles in the group, looks at them, and takes one away.
pub(crate) async fn add_people(robot: &mut Client, org: &str, group: &str) -> anyhow::Result<()> {
    let person = member("user-admin-on-default", AccountType::User, org, group, UserRole::Admin);
    let helper =
        member("srv-requestor-on-default", AccountType::ServiceAccount, org, group, UserRole::Requestor);
    for newcomer in [&person, &helper] {
        answer("AddUserRole", robot.add_user_role(newcomer.clone()).await)?;
        let (name, role) = (&newcomer.username, newcomer.user_role().as_str_name());
        tell("AddUserRole", format_args!("`{name}` is {role} in the group now"));
        expect(robot, newcomer).await?;
    }
    let request = pb::RemoveUserRoleRequest {
        username: person.username.clone(),
        user_type: person.user_type,
        org_id: person.org_id,
        group_id: person.group_id,
    };
    answer("RemoveUserRole", robot.remove_user_role(request).await)?;
    tell("RemoveUserRole", format_args!("`{}` has no role in the group any more", person.username));
    Ok(())
}

/// Looks whether somebody really has the role.
async fn expect(client: &mut Client, member: &pb::AddUserRoleRequest) -> anyhow::Result<()> {
    let request = pb::GetUserRoleRequest {
        username: member.username.clone(),
        user_type: member.user_type,
        org_id: member.org_id.clone(),
    };
    let roles = answer("GetUserRole", client.get_user_role(request).await)?.groups;
    let (name, group, role) = (&member.username, &member.group_id, member.user_role().as_str_name());
    ensure!(
        roles.get(group) == Some(&member.user_role),
        "GetUserRole does not show `{name}` as {role} in `{group}`"
    );
    tell("GetUserRole", format_args!("`{name}` is shown as {role} in `{group}`"));
    Ok(())
}

fn member(name: &str, kind: AccountType, org: &str, group: &str, role: UserRole) -> pb::AddUserRoleRequest {
    pb::AddUserRoleRequest {
        username: name.into(),
        user_type: kind.into(),
        org_id: org.into(),
        group_id: group.into(),
        user_role: role.into(),
    }
}
