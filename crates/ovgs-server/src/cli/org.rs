//! `org`: organizations.

use std::fmt;

use clap::Subcommand;
use ovgs_domain::{Description, Invalid, OrgId};
use ovgs_store::OrgSummary;
use serde::Serialize;

use super::{
    CliError, Output,
    output::{Format, field},
    session::{Access, ConfigFile, Session},
    values::UserRecord,
};
use crate::provisioning::OrgDetails;

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
            Command::Create { org, description, config } => {
                let create = async |session: &Session| {
                    let created = session.provisioning.create_org(&session.by, &org, description.as_ref());
                    output.effect(created.await?, format_args!("created {org}"))
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
            Command::Delete { org, config } => {
                let delete = async |session: &Session| {
                    session.provisioning.delete_org(&session.by, &org).await?;
                    output.line(format_args!("deleted {org}"))
                };
                config.session(Access::Writing, delete).await
            }
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
