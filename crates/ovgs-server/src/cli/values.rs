//! How arguments are read, so that wrong ones are wrong usage.

use chrono::{DateTime, Utc};
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use ovgs_domain::{ComponentId, Ien, Invalid, OrgId, Role, SerialNumber, User, UserType, Username};
use serde::Serialize;

use super::CliError;

/// A user type.
pub(super) fn user_type() -> impl TypedValueParser<Value = UserType> {
    PossibleValuesParser::new(["user", "service-account"]).try_map(|name| UserType::parse(&name))
}

/// A role.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(["admin", "assigner", "requestor", "support"])
        .try_map(|name| Role::parse(&name))
}

/// A time of RFC 3339.
pub(super) fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    read.map_err(|_| "not a time of RFC 3339 such as `2026-11-21T20:33:03Z`".to_owned())
}

/// Names a user by its organization, type and name.
#[derive(Clone, Debug, Args)]
pub(super) struct UserArgs {
    /// The organization it belongs to
    #[arg(long, value_name = "ORG_ID", value_parser = OrgId::parse)]
    pub(super) org: OrgId,
    /// Whether it is a person or a program
    #[arg(long = "type", value_name = "TYPE", value_parser = user_type())]
    pub(super) user_type: UserType,
    /// Its name
    #[arg(value_name = "NAME", value_parser = Username::parse)]
    pub(super) name: Username,
}

impl UserArgs {
    pub(super) fn user(self) -> User {
        User { org: self.org, username: self.name, user_type: self.user_type }
    }
}

/// Names a part.
#[derive(Clone, Debug, Args)]
pub(super) struct PartArgs {
    /// The manufacturer's IANA enterprise number
    #[arg(value_name = "IEN", value_parser = Ien::parse)]
    ien: Ien,
    /// The serial number
    #[arg(value_name = "SERIAL", value_parser = SerialNumber::parse)]
    serial: SerialNumber,
}

impl PartArgs {
    pub(super) fn id(&self) -> ComponentId {
        ComponentId { ien: self.ien, serial_number: self.serial.clone() }
    }
}

/// A part named by two values of one option.
pub(super) fn part(values: &[String]) -> Result<ComponentId, CliError> {
    let text = |index| values.get(index).map_or("", String::as_str);
    let wrong = |invalid: Invalid| CliError::Usage(format!("invalid value for `--component`: {invalid}"));
    Ok(ComponentId {
        ien: Ien::parse(text(0)).map_err(wrong)?,
        serial_number: SerialNumber::parse(text(1)).map_err(wrong)?,
    })
}

/// A user in JSON, with the names of the wire.
#[derive(Clone, Debug, Serialize)]
pub(super) struct UserRecord {
    username: String,
    user_type: &'static str,
    org_id: String,
}

impl From<&User> for UserRecord {
    fn from(user: &User) -> UserRecord {
        UserRecord {
            username: user.username.to_string(),
            user_type: user.user_type.as_str(),
            org_id: user.org.to_string(),
        }
    }
}
