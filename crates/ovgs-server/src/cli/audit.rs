//! `audit`: the journal's changes.

mod record;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::StreamExt;
use ovgs_domain::{Author, OrgId, User, UserType, Username};
use ovgs_store::EventFilter;

use self::record::EventRecord;
use super::{
    CliError, Output,
    output::Format,
    session::{Access, ConfigFile, Session},
    values,
};
use crate::provisioning::ChangeRecord;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List changes, the oldest first
    List {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Print changes as JSON lines, the oldest first
    Export {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        format: Format,
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Which changes are meant; every condition must hold.
#[derive(Clone, Debug, Args)]
pub(super) struct Filter {
    /// Only those made at this time or later, RFC 3339
    #[arg(long, value_name = "RFC3339", value_parser = values::time)]
    since: Option<DateTime<Utc>>,
    /// Only those of this organization
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    org: Option<OrgId>,
    /// Only those by or about this user, `ORG_ID/TYPE/NAME`; by or about any of this name; or by `cli:NAME`
    #[arg(long, value_name = "USER", value_parser = user)]
    user: Option<Named>,
    /// Only those about this part
    #[arg(long, num_args = 2, value_names = ["IEN", "SERIAL"])]
    component: Option<Vec<String>>,
}

/// Whom changes are by or about.
#[derive(Clone, Debug)]
enum Named {
    /// A user.
    One(Box<User>),
    /// All of one name.
    Any(Username),
    /// Somebody at the command line, who can be an author alone.
    Cli(Username),
}

impl Named {
    /// Whether a change is meant. Of a user the store brings no other one.
    fn admits(&self, change: &EventRecord) -> bool {
        match self {
            Named::One(_) => true,
            Named::Any(name) => change.speaks_of(name),
            Named::Cli(name) => change.is_by(&Author::Cli(name.clone())),
        }
    }
}

fn user(text: &str) -> Result<Named, ovgs_domain::Invalid> {
    for user_type in [UserType::User, UserType::ServiceAccount] {
        if let Some((org, name)) = text.split_once(&format!("/{user_type}/")) {
            let (org, username) = (OrgId::parse(org)?, Username::parse(name)?);
            return Ok(Named::One(Box::new(User { org, username, user_type })));
        }
    }
    match text.strip_prefix("cli:") {
        Some(name) => Username::parse(name).map(Named::Cli),
        None => Username::parse(text).map(Named::Any),
    }
}

impl Command {
    pub(super) async fn run(self, output: &mut Output) -> Result<(), CliError> {
        let (filter, format, config) = match self {
            Command::List { filter, format, config } => (filter, format, config),
            Command::Export { filter, format: _, config } => (filter, Format { json: true }, config),
        };
        let (only, org) = (filter.user.clone(), filter.org.clone());
        let filter = filter.of_store()?;
        let list = async |session: &Session| {
            session.provisioning.journaled_org(org.as_ref()).await?;
            let mut events = session.provisioning.events(filter);
            while let Some(event) = events.next().await {
                let record = EventRecord::from(ChangeRecord::from(event?));
                if only.as_ref().is_none_or(|only| only.admits(&record)) {
                    output.record(format, &record)?;
                }
            }
            Ok(())
        };
        config.session(Access::Reading, list).await
    }
}

impl Filter {
    fn of_store(self) -> Result<EventFilter, CliError> {
        Ok(EventFilter {
            org: self.org,
            user: match self.user {
                Some(Named::One(user)) => Some(*user),
                _ => None,
            },
            component: self.component.as_deref().map(values::part).transpose()?,
            since: self.since,
        })
    }
}
