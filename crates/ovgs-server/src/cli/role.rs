//! `role`: roles in groups.

use clap::{Args, Subcommand};
use ovgs_domain::{GroupId, OrgId, Role, User, UserType, Username, commands::Membership};

use super::{
    CliError, Output,
    session::{Access, ConfigFile, Session},
    values::{role, user_type},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a user a role in a group and everything below it
    Grant {
        #[command(flatten)]
        member: MemberArgs,
        /// The role
        #[arg(long, value_parser = role())]
        role: Role,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Take a user's role in a group away
    Revoke {
        #[command(flatten)]
        member: MemberArgs,
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// A user and a group.
#[derive(Clone, Debug, Args)]
pub(super) struct MemberArgs {
    /// The group; an organization's root group has the organization's id
    #[arg(long, value_name = "GROUP_ID", value_parser = GroupId::parse)]
    group: GroupId,
    /// The organization the user belongs to
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    org: OrgId,
    /// Whether the user is a person or a program
    #[arg(long = "type", value_name = "TYPE", value_parser = user_type())]
    user_type: UserType,
    /// The user's name
    #[arg(long, value_name = "NAME", value_parser = Username::parse)]
    user: Username,
}

impl MemberArgs {
    fn split(self) -> (GroupId, User) {
        (self.group, User { org: self.org, username: self.user, user_type: self.user_type })
    }
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Grant { member, role, config } => {
                let (group, user) = member.split();
                let membership = Membership { group, user, role };
                let grant = async |session: &Session| {
                    let effect = session.provisioning.grant_role(&session.by, &membership).await?;
                    let Membership { group, user, role } = &membership;
                    output.effect(effect, format_args!("{user} is now {} in {group}", role.as_str()))
                };
                config.session(Access::Writing, grant).await
            }
            Command::Revoke { member, config } => {
                let (group, user) = member.split();
                let revoke = async |session: &Session| {
                    let effect = session.provisioning.revoke_role(&session.by, &group, &user).await?;
                    output.effect(effect, format_args!("{user} has no role in {group} any more"))
                };
                config.session(Access::Writing, revoke).await
            }
        }
    }
}
