//! The small world of the unit tests.
//!
//! ```text
//! org-acmeco
//! └── p
//!     ├── g
//!     │   └── d
//!     └── s
//! ```

use chrono::{DateTime, Utc};

use crate::{
    Change, Component, ComponentId, Delegate, Description, Facts, GroupId, Ien, Org, OrgId, Role,
    SerialNumber, User, UserType, Username,
};

pub(crate) fn acme() -> Org {
    let mut org = Org::new(org_id("org-acmeco"), description("Acme"));
    for (id, parent) in [("p", "org-acmeco"), ("g", "p"), ("d", "g"), ("s", "p")] {
        let (group, parent, description) = (group_id(id), group_id(parent), description(id));
        org.apply(&Change::GroupCreated { group, parent, description }).unwrap();
    }
    org
}

impl Org {
    /// The tree with one more role.
    pub(crate) fn with_role(mut self, group: &str, user: &User, role: Role) -> Org {
        self.apply(&Change::RoleAdded { group: group_id(group), user: user.clone(), role }).unwrap();
        self
    }

    /// The tree with one more delegation.
    pub(crate) fn delegated(mut self, group: &str, to: &str) -> Org {
        self.apply(&Change::DelegationAdded { group: group_id(group), delegate: delegate(to) }).unwrap();
        self
    }
}

pub(crate) fn org_id(id: &str) -> OrgId {
    OrgId::parse(id).unwrap()
}

pub(crate) fn group_id(id: &str) -> GroupId {
    GroupId::parse(id).unwrap()
}

pub(crate) fn description(text: &str) -> Description {
    Description::parse(text).unwrap()
}

pub(crate) fn delegate(text: &str) -> Delegate {
    Delegate::parse(text).unwrap()
}

/// A person of an organization.
pub(crate) fn user(org: &str, name: &str) -> User {
    User { org: org_id(org), username: Username::parse(name).unwrap(), user_type: UserType::User }
}

pub(crate) fn component_id(serial_number: &str) -> ComponentId {
    ComponentId {
        ien: Ien::parse("30065").unwrap(),
        serial_number: SerialNumber::parse(serial_number).unwrap(),
    }
}

/// A component without facts, in a group or in the root alone.
pub(crate) fn component(org: &str, group: Option<&str>) -> Component {
    Component {
        id: component_id("ABC101"),
        org: org_id(org),
        group: group.map(group_id),
        facts: Facts::default(),
    }
}

pub(crate) fn time(rfc3339: &str) -> DateTime<Utc> {
    rfc3339.parse().unwrap()
}
