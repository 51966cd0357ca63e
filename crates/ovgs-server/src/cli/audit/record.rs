//! A change as it is printed.

use std::fmt;

use ovgs_domain::{Author, Role, Username};
use serde::Serialize;

use crate::{cli::output::moment, provisioning::ChangeRecord};

/// A change: when, by whom, what, and what it speaks of, named as on the wire.
#[derive(Debug, Serialize)]
pub(super) struct EventRecord {
    time: String,
    author: String,
    change: &'static str,
    org_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_type: Option<&'static str>,
    /// The organization of the user, where it is another one's matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegated_org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ien: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip)]
    author_name: String,
}

impl EventRecord {
    /// Whether somebody of this name wrote it, or it speaks of one.
    pub(super) fn speaks_of(&self, name: &Username) -> bool {
        self.author_name == name.as_str() || self.username.as_deref() == Some(name.as_str())
    }

    /// Whether it was this one who wrote it.
    pub(super) fn is_by(&self, author: &Author) -> bool {
        self.author == author.to_string()
    }
}

impl From<ChangeRecord> for EventRecord {
    fn from(told: ChangeRecord) -> EventRecord {
        let ChangeRecord { at, author, change, org, about } = told;
        let author_name = match &author {
            Author::User(user) => user.username.to_string(),
            Author::Cli(name) => name.to_string(),
        };
        EventRecord {
            time: moment(at),
            author: author.to_string(),
            change,
            to_org_id: text(about.to_org),
            group_id: text(about.group),
            from_group_id: text(about.from_group),
            parent: text(about.parent),
            description: text(about.description),
            username: about.user.as_ref().map(|user| user.username.to_string()),
            user_type: about.user.as_ref().map(|user| user.user_type.as_str()),
            user_org_id: about
                .user
                .map(|user| user.org)
                .filter(|of_user| *of_user != org)
                .map(|org| org.to_string()),
            user_role: about.role.map(Role::as_str),
            delegated_org: text(about.delegate),
            cert_id: text(about.cert),
            ien: about.component.as_ref().map(|component| component.ien.to_string()),
            serial_number: about.component.map(|component| component.serial_number.to_string()),
            jti: about.jti,
            expires_at: about.expires_at.map(moment),
            author_name,
            org_id: org.to_string(),
        }
    }
}

fn text(value: Option<impl fmt::Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl fmt::Display for EventRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}  {}", self.time, self.author, self.change, self.org_id)?;
        let named = [
            ("to", self.to_org_id.as_deref()),
            ("group", self.group_id.as_deref()),
            ("from", self.from_group_id.as_deref()),
            ("parent", self.parent.as_deref()),
            ("description", self.description.as_deref()),
            ("user", self.username.as_deref()),
            ("type", self.user_type),
            ("of", self.user_org_id.as_deref()),
            ("role", self.user_role),
            ("delegate", self.delegated_org.as_deref()),
            ("certificate", self.cert_id.as_deref()),
            ("ien", self.ien.as_deref()),
            ("serial", self.serial_number.as_deref()),
            ("token", self.jti.as_deref()),
            ("expires", self.expires_at.as_deref()),
        ];
        named.into_iter().try_for_each(|(name, value)| match value {
            Some(value) if !value.is_empty() => write!(f, "  {name} {value}"),
            _ => Ok(()),
        })
    }
}
