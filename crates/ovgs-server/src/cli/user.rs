//! `user`: registered users.

use std::fmt;

use clap::Subcommand;
use ovgs_domain::{OrgId, User};
use serde::Serialize;

use super::{
    CliError, Output,
    output::Format,
    session::{Access, ConfigFile, Session},
    values::{UserArgs, UserRecord},
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a user, so that tokens can be issued for it
    Add {
        #[command(flatten)]
        user: UserArgs,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// List registered users
    List {
        /// Only those of this organization
        #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
        org: Option<OrgId>,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Remove a user with all of its roles and tokens, registered or not
    Remove {
        #[command(flatten)]
        user: UserArgs,
        #[command(flatten)]
        config: ConfigFile,
    },
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        match self {
            Command::Add { user, config } => {
                let user = user.user();
                let add = async |session: &Session| {
                    let effect = session.provisioning.add_user(&session.by, &user).await?;
                    output.effect(effect, format_args!("added {user}"))
                };
                config.session(Access::Writing, add).await
            }
            Command::List { org, format, config } => {
                let list = async |session: &Session| {
                    session.provisioning.known_org(org.as_ref()).await?;
                    output.list(format, session.provisioning.users(org), ListedUser::from).await
                };
                config.session(Access::Reading, list).await
            }
            Command::Remove { user, config } => {
                let user = user.user();
                let remove = async |session: &Session| {
                    let effect = session.provisioning.remove_user(&session.by, &user).await?;
                    output.effect(effect, format_args!("removed {user}"))
                };
                config.session(Access::Writing, remove).await
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct ListedUser {
    #[serde(flatten)]
    user: UserRecord,
    #[serde(skip)]
    shown: String,
}

impl From<User> for ListedUser {
    fn from(user: User) -> ListedUser {
        ListedUser { user: UserRecord::from(&user), shown: user.to_string() }
    }
}

impl fmt::Display for ListedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
