//! `org`: organizations.

use std::fmt;

use clap::Subcommand;
use ovgs_domain::{Description, Invalid, OrgId, User, UserType, Username};
use ovgs_store::OrgSummary;
use serde::Serialize;

use super::{
    CliError, Output,
    output::{Format, field},
    session::{Access, ConfigFile, Session},
    values::{UserRecord, user_type},
};
use crate::provisioning::{Deletion, NewOrg, OrgDetails, Remains};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an organization
    Create {
        /// Its id, `org-` and a name
        #[arg(value_name = "ORG_ID", value_parser = OrgId::parse)]
        org: OrgId,
        /// What people call it
        #[arg(long, value_name = "TEXT", value_parser = description)]
        description: Option<Description>,
        /// The name of its first ADMIN, who is registered and made ADMIN in the root group
        #[arg(long, value_name = "NAME", value_parser = Username::parse)]
        admin: Option<Username>,
        /// Whether the ADMIN is a person or a program
        #[arg(long, value_name = "TYPE", default_value = "user", value_parser = user_type(), requires = "admin")]
        admin_type: UserType,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List organizations
    List {
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Show an organization
    Show {
        /// Its id
        #[arg(value_name = "ORG_ID", value_parser = OrgId::parse)]
        org: OrgId,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Delete an organization that has nothing left and that nothing refers to
    Delete {
        /// Its id
        #[arg(value_name = "ORG_ID", value_parser = OrgId::parse)]
        org: OrgId,
        /// Delete it with everything that is left in it; without this, the refusal names what that is
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        config: ConfigFile,
    },
}

fn description(text: &str) -> Result<Description, Invalid> {
    Description::parse_or_empty(text)
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Create { org, description, admin, admin_type, config } => {
                let admin = admin.map(|username| User { org: org.clone(), username, user_type: admin_type });
                let new = NewOrg { org, description, admin };
                let create = async |session: &Session| {
                    let created = session.provisioning.bootstrap_org(&session.by, &new).await?;
                    output.effect(created, Created(&new))
                };
                config.session(Access::Writing, create).await
            }
            Command::List { format, config } => {
                let list = async |session: &Session| {
                    output.list(format, session.provisioning.orgs(), OrgRecord::from).await
                };
                config.session(Access::Reading, list).await
            }
            Command::Show { org, format, config } => {
                let show = async |session: &Session| {
                    let details = session.provisioning.show_org(&org).await?;
                    output.record(format, &DetailsRecord::from(details))
                };
                config.session(Access::Reading, show).await
            }
            Command::Delete { org, force, config } => {
                let how = if force { Deletion::WithAll } else { Deletion::OnlyEmpty };
                let delete = async |session: &Session| {
                    let gone = session.provisioning.delete_org_as(&session.by, &org, how).await?;
                    output.line(format_args!("deleted {org}{}", With(&gone)))
                };
                config.session(Access::Writing, delete).await
            }
        }
    }
}

/// What is said of a new organization.
struct Created<'a>(&'a NewOrg);

impl fmt::Display for Created<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NewOrg { org, admin, .. } = self.0;
        write!(f, "created {org}")?;
        match admin {
            Some(admin) => write!(f, ", {admin} is admin"),
            None => Ok(()),
        }
    }
}

/// What went with an organization.
struct With<'a>(&'a Remains);

impl fmt::Display for With<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_nothing() {
            true => Ok(()),
            false => write!(f, " with {}", self.0),
        }
    }
}

#[derive(Debug, Serialize)]
struct OrgRecord {
    org_id: String,
    description: String,
}

impl From<OrgSummary> for OrgRecord {
    fn from(org: OrgSummary) -> OrgRecord {
        OrgRecord { org_id: org.id.to_string(), description: org.description.to_string() }
    }
}

impl fmt::Display for OrgRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OrgRecord { org_id, description } = self;
        f.write_str(format!("{org_id}  {description}").trim_end())
    }
}

#[derive(Debug, Serialize)]
struct DetailsRecord {
    org_id: String,
    group_id: String,
    description: String,
    groups: usize,
    components: u64,
    certificates: usize,
    registered_users: usize,
    users: Vec<MemberRecord>,
    delegated_orgs: Vec<String>,
}

/// A user with its role in the root group.
#[derive(Debug, Serialize)]
struct MemberRecord {
    #[serde(flatten)]
    user: UserRecord,
    user_role: &'static str,
    #[serde(skip)]
    shown: String,
}

impl From<OrgDetails> for DetailsRecord {
    fn from(org: OrgDetails) -> DetailsRecord {
        let members = org.users.iter().map(|(user, role)| MemberRecord {
            user: user.into(),
            user_role: role.as_str(),
            shown: format!("{user} {}", role.as_str()),
        });
        DetailsRecord {
            org_id: org.id.to_string(),
            group_id: org.id.root().to_string(),
            description: org.description.to_string(),
            groups: org.groups,
            components: org.components,
            certificates: org.certificates,
            registered_users: org.registered_users,
            users: members.collect(),
            delegated_orgs: org.delegates.iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for DetailsRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "org_id: {}", self.org_id)?;
        field(f, "description", Some(&self.description).filter(|text| !text.is_empty()))?;
        field(f, "groups", Some(self.groups))?;
        field(f, "components", Some(self.components))?;
        field(f, "certificates", Some(self.certificates))?;
        field(f, "registered_users", Some(self.registered_users))?;
        self.users.iter().try_for_each(|member| field(f, "user", Some(&member.shown)))?;
        self.delegated_orgs.iter().try_for_each(|org| field(f, "delegated_org", Some(org)))
    }
}
