//! A change as it is printed.

use std::fmt;

use ovgs_domain::{Author, Change, ComponentId, Event, OrgId, User, Username};
use ovgs_store::RecordedEvent;
use serde::Serialize;

use crate::cli::output::moment;

/// A change: when, by whom, what, and what it speaks of, named as on the wire.
#[derive(Debug, Default, Serialize)]
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
    author_name: Option<String>,
}

impl EventRecord {
    /// Whether somebody of this name wrote it, or it speaks of one.
    pub(super) fn speaks_of(&self, name: &Username) -> bool {
        [&self.username, &self.author_name].into_iter().flatten().any(|found| found == name.as_str())
    }

    /// Whether it was this one who wrote it.
    pub(super) fn is_by(&self, author: &Author) -> bool {
        self.author == author.to_string()
    }

    fn of(change: &'static str, org: &OrgId) -> EventRecord {
        EventRecord { change, org_id: org.to_string(), ..EventRecord::default() }
    }

    fn of_user(change: &'static str, org: &OrgId, user: &User) -> EventRecord {
        EventRecord {
            username: Some(user.username.to_string()),
            user_type: Some(user.user_type.as_str()),
            user_org_id: Some(user.org.to_string()).filter(|of_user| *of_user != org.to_string()),
            ..EventRecord::of(change, org)
        }
    }

    fn of_component(change: &'static str, org: &OrgId, component: &ComponentId) -> EventRecord {
        EventRecord {
            ien: Some(component.ien.to_string()),
            serial_number: Some(component.serial_number.to_string()),
            ..EventRecord::of(change, org)
        }
    }
}

impl From<RecordedEvent> for EventRecord {
    fn from(recorded: RecordedEvent) -> EventRecord {
        let author_name = match &recorded.stamp.author {
            Author::User(user) => Some(user.username.to_string()),
            Author::Cli(name) => Some(name.to_string()),
        };
        EventRecord {
            time: moment(recorded.stamp.at),
            author: recorded.stamp.author.to_string(),
            author_name,
            ..told(&recorded.event)
        }
    }
}

/// What happened, without when and by whom.
fn told(event: &Event) -> EventRecord {
    let text = |value: &dyn fmt::Display| Some(value.to_string());
    match event {
        Event::OrgCreated { org, description } => {
            EventRecord { description: text(description), ..EventRecord::of("org_created", org) }
        }
        Event::OrgDeleted { org } => EventRecord::of("org_deleted", org),
        Event::TreeChanged { org, revision: _, change } => of_tree(org, change),
        Event::ComponentPlaced { component, org, from, to } => EventRecord {
            group_id: to.as_ref().map(ToString::to_string),
            from_group_id: from.as_ref().map(ToString::to_string),
            ..EventRecord::of_component("component_placed", org, component)
        },
        Event::ComponentAdded { component, org } => {
            EventRecord::of_component("component_added", org, component)
        }
        Event::ComponentUpdated { component, org } => {
            EventRecord::of_component("component_updated", org, component)
        }
        Event::ComponentRetired { component, org } => {
            EventRecord::of_component("component_retired", org, component)
        }
        Event::ComponentTransferred { component, from, to } => EventRecord {
            to_org_id: text(to),
            ..EventRecord::of_component("component_transferred", from, component)
        },
        Event::UserAdded { user } => EventRecord::of_user("user_added", &user.org, user),
        Event::UserRemoved { user } => EventRecord::of_user("user_removed", &user.org, user),
        Event::TokenIssued { jti, user, expires_at } => EventRecord {
            jti: text(jti),
            expires_at: Some(moment(*expires_at)),
            ..EventRecord::of_user("token_issued", &user.org, user)
        },
        Event::TokenRevoked { jti, user } => {
            EventRecord { jti: text(jti), ..EventRecord::of_user("token_revoked", &user.org, user) }
        }
    }
}

fn of_tree(org: &OrgId, change: &Change) -> EventRecord {
    let text = |value: &dyn fmt::Display| Some(value.to_string());
    let of = |group: &dyn fmt::Display, record| EventRecord { group_id: text(group), ..record };
    match change {
        Change::GroupCreated { group, parent, description } => EventRecord {
            parent: text(parent),
            description: text(description),
            ..of(group, EventRecord::of("group_created", org))
        },
        Change::GroupDeleted { group } => of(group, EventRecord::of("group_deleted", org)),
        Change::DelegationAdded { group, delegate } => {
            let record = EventRecord::of("delegation_added", org);
            EventRecord { delegated_org: text(delegate), ..of(group, record) }
        }
        Change::DelegationRemoved { group, delegate } => {
            let record = EventRecord::of("delegation_removed", org);
            EventRecord { delegated_org: text(delegate), ..of(group, record) }
        }
        Change::RoleAdded { group, user, role } => {
            let record = EventRecord::of_user("role_added", org, user);
            EventRecord { user_role: Some(role.as_str()), ..of(group, record) }
        }
        Change::RoleRemoved { group, user } => of(group, EventRecord::of_user("role_removed", org, user)),
        Change::DomainCertCreated { group, cert, der: _ } => {
            EventRecord { cert_id: text(&cert.id), ..of(group, EventRecord::of("domain_cert_created", org)) }
        }
        Change::DomainCertDeleted { group, cert } => {
            EventRecord { cert_id: text(cert), ..of(group, EventRecord::of("domain_cert_deleted", org)) }
        }
    }
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
