//! Events as JSON, which is how the journal keeps them. The mirror is private: its names are a format of ours, and what is
//! in a database must stay readable when the domain's types move on.

use base64::{Engine, prelude::BASE64_STANDARD};
use ovgs_domain::{
    CertId, Change, ComponentId, Delegate, Description, DomainCert, Event, GroupId, Role, User, UserType,
    Username,
};
use serde::{Deserialize, Serialize};

use super::{
    error::corrupt,
    rows::{self, micros},
};
use crate::StoreError;

/// Writes an event down.
pub(super) fn write(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(&EventJson::from(event)).map_err(|error| StoreError::Failed(error.into()))
}

/// Reads an event back.
pub(super) fn read(json: &str) -> Result<Event, StoreError> {
    serde_json::from_str::<EventJson>(json).map_err(corrupt("an event"))?.into_event()
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
enum EventJson {
    OrgCreated { org: String, description: String },
    OrgDeleted { org: String },
    TreeChanged { org: String, revision: u64, change: ChangeJson },
    ComponentPlaced { component: ComponentJson, org: String, from: Option<String>, to: Option<String> },
    ComponentAdded { component: ComponentJson, org: String },
    ComponentUpdated { component: ComponentJson, org: String },
    ComponentRetired { component: ComponentJson, org: String },
    ComponentTransferred { component: ComponentJson, from: String, to: String },
    UserAdded { user: UserJson },
    UserRemoved { user: UserJson },
    TokenIssued { jti: String, user: UserJson, expires_at: i64 },
    TokenRevoked { jti: String, user: UserJson },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
enum ChangeJson {
    GroupCreated { group: String, parent: String, description: String },
    GroupDeleted { group: String },
    DelegationAdded { group: String, delegate: String },
    DelegationRemoved { group: String, delegate: String },
    RoleAdded { group: String, user: UserJson, role: String },
    RoleRemoved { group: String, user: UserJson },
    DomainCertCreated { group: String, cert: CertJson, der: String },
    DomainCertDeleted { group: String, cert: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserJson {
    org: String,
    username: String,
    user_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComponentJson {
    ien: String,
    serial_number: String,
}

/// All but the fingerprint, which is that of the bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertJson {
    id: String,
    revocation_checks: bool,
    expiry_time: i64,
    not_after: i64,
}

impl From<&Event> for EventJson {
    fn from(event: &Event) -> EventJson {
        match event {
            Event::OrgCreated { org, description } => {
                EventJson::OrgCreated { org: org.to_string(), description: description.to_string() }
            }
            Event::OrgDeleted { org } => EventJson::OrgDeleted { org: org.to_string() },
            Event::TreeChanged { org, revision, change } => {
                EventJson::TreeChanged { org: org.to_string(), revision: revision.0, change: change.into() }
            }
            Event::ComponentPlaced { component, org, from, to } => EventJson::ComponentPlaced {
                component: component.into(),
                org: org.to_string(),
                from: from.as_ref().map(GroupId::to_string),
                to: to.as_ref().map(GroupId::to_string),
            },
            Event::ComponentAdded { component, org } => {
                EventJson::ComponentAdded { component: component.into(), org: org.to_string() }
            }
            Event::ComponentUpdated { component, org } => {
                EventJson::ComponentUpdated { component: component.into(), org: org.to_string() }
            }
            Event::ComponentRetired { component, org } => {
                EventJson::ComponentRetired { component: component.into(), org: org.to_string() }
            }
            Event::ComponentTransferred { component, from, to } => EventJson::ComponentTransferred {
                component: component.into(),
                from: from.to_string(),
                to: to.to_string(),
            },
            Event::UserAdded { user } => EventJson::UserAdded { user: user.into() },
            Event::UserRemoved { user } => EventJson::UserRemoved { user: user.into() },
            Event::TokenIssued { jti, user, expires_at } => EventJson::TokenIssued {
                jti: jti.clone(),
                user: user.into(),
                expires_at: micros(*expires_at),
            },
            Event::TokenRevoked { jti, user } => {
                EventJson::TokenRevoked { jti: jti.clone(), user: user.into() }
            }
        }
    }
}

impl EventJson {
    fn into_event(self) -> Result<Event, StoreError> {
        let group = |id: Option<String>| id.as_deref().map(rows::group_id).transpose();
        Ok(match self {
            EventJson::OrgCreated { org, description } => Event::OrgCreated {
                org: rows::org_id(&org)?,
                description: rows::org_description(&description)?,
            },
            EventJson::OrgDeleted { org } => Event::OrgDeleted { org: rows::org_id(&org)? },
            EventJson::TreeChanged { org, revision, change } => Event::TreeChanged {
                org: rows::org_id(&org)?,
                revision: ovgs_domain::Revision(revision),
                change: change.into_change()?,
            },
            EventJson::ComponentPlaced { component, org, from, to } => Event::ComponentPlaced {
                component: component.into_id()?,
                org: rows::org_id(&org)?,
                from: group(from)?,
                to: group(to)?,
            },
            EventJson::ComponentAdded { component, org } => {
                Event::ComponentAdded { component: component.into_id()?, org: rows::org_id(&org)? }
            }
            EventJson::ComponentUpdated { component, org } => {
                Event::ComponentUpdated { component: component.into_id()?, org: rows::org_id(&org)? }
            }
            EventJson::ComponentRetired { component, org } => {
                Event::ComponentRetired { component: component.into_id()?, org: rows::org_id(&org)? }
            }
            EventJson::ComponentTransferred { component, from, to } => Event::ComponentTransferred {
                component: component.into_id()?,
                from: rows::org_id(&from)?,
                to: rows::org_id(&to)?,
            },
            EventJson::UserAdded { user } => Event::UserAdded { user: user.into_user()? },
            EventJson::UserRemoved { user } => Event::UserRemoved { user: user.into_user()? },
            EventJson::TokenIssued { jti, user, expires_at } => {
                Event::TokenIssued { jti, user: user.into_user()?, expires_at: rows::time(expires_at)? }
            }
            EventJson::TokenRevoked { jti, user } => Event::TokenRevoked { jti, user: user.into_user()? },
        })
    }
}

impl From<&Change> for ChangeJson {
    fn from(change: &Change) -> ChangeJson {
        match change {
            Change::GroupCreated { group, parent, description } => ChangeJson::GroupCreated {
                group: group.to_string(),
                parent: parent.to_string(),
                description: description.to_string(),
            },
            Change::GroupDeleted { group } => ChangeJson::GroupDeleted { group: group.to_string() },
            Change::DelegationAdded { group, delegate } => {
                ChangeJson::DelegationAdded { group: group.to_string(), delegate: delegate.to_string() }
            }
            Change::DelegationRemoved { group, delegate } => {
                ChangeJson::DelegationRemoved { group: group.to_string(), delegate: delegate.to_string() }
            }
            Change::RoleAdded { group, user, role } => ChangeJson::RoleAdded {
                group: group.to_string(),
                user: user.into(),
                role: role.as_str().into(),
            },
            Change::RoleRemoved { group, user } => {
                ChangeJson::RoleRemoved { group: group.to_string(), user: user.into() }
            }
            Change::DomainCertCreated { group, cert, der } => ChangeJson::DomainCertCreated {
                group: group.to_string(),
                cert: cert.into(),
                der: BASE64_STANDARD.encode(der),
            },
            Change::DomainCertDeleted { group, cert } => {
                ChangeJson::DomainCertDeleted { group: group.to_string(), cert: cert.to_string() }
            }
        }
    }
}

impl ChangeJson {
    fn into_change(self) -> Result<Change, StoreError> {
        let described = |text: &str| Description::parse(text).map_err(corrupt("a group's description"));
        let delegated = |text: &str| Delegate::parse(text).map_err(corrupt("a delegation"));
        Ok(match self {
            ChangeJson::GroupCreated { group, parent, description } => Change::GroupCreated {
                group: rows::group_id(&group)?,
                parent: rows::group_id(&parent)?,
                description: described(&description)?,
            },
            ChangeJson::GroupDeleted { group } => Change::GroupDeleted { group: rows::group_id(&group)? },
            ChangeJson::DelegationAdded { group, delegate } => {
                Change::DelegationAdded { group: rows::group_id(&group)?, delegate: delegated(&delegate)? }
            }
            ChangeJson::DelegationRemoved { group, delegate } => {
                Change::DelegationRemoved { group: rows::group_id(&group)?, delegate: delegated(&delegate)? }
            }
            ChangeJson::RoleAdded { group, user, role } => Change::RoleAdded {
                group: rows::group_id(&group)?,
                user: user.into_user()?,
                role: Role::parse(&role).map_err(corrupt("a role"))?,
            },
            ChangeJson::RoleRemoved { group, user } => {
                Change::RoleRemoved { group: rows::group_id(&group)?, user: user.into_user()? }
            }
            ChangeJson::DomainCertCreated { group, cert, der } => {
                let der = BASE64_STANDARD.decode(der).map_err(corrupt("a certificate"))?;
                Change::DomainCertCreated {
                    group: rows::group_id(&group)?,
                    cert: cert.into_cert(&der)?,
                    der: der.into(),
                }
            }
            ChangeJson::DomainCertDeleted { group, cert } => {
                Change::DomainCertDeleted { group: rows::group_id(&group)?, cert: rows::cert_id(&cert)? }
            }
        })
    }
}

impl From<&User> for UserJson {
    fn from(user: &User) -> UserJson {
        UserJson {
            org: user.org.to_string(),
            username: user.username.to_string(),
            user_type: user.user_type.as_str().into(),
        }
    }
}

impl UserJson {
    fn into_user(self) -> Result<User, StoreError> {
        Ok(User {
            org: rows::org_id(&self.org)?,
            username: Username::parse(&self.username).map_err(corrupt("a username"))?,
            user_type: UserType::parse(&self.user_type).map_err(corrupt("a kind of user"))?,
        })
    }
}

impl From<&ComponentId> for ComponentJson {
    fn from(id: &ComponentId) -> ComponentJson {
        ComponentJson { ien: id.ien.to_string(), serial_number: id.serial_number.to_string() }
    }
}

impl ComponentJson {
    fn into_id(self) -> Result<ComponentId, StoreError> {
        rows::component_id(&self.ien, &self.serial_number)
    }
}

impl From<&DomainCert> for CertJson {
    fn from(cert: &DomainCert) -> CertJson {
        CertJson {
            id: cert.id.to_string(),
            revocation_checks: cert.revocation_checks,
            expiry_time: micros(cert.expiry_time),
            not_after: micros(cert.not_after),
        }
    }
}

impl CertJson {
    fn into_cert(self, der: &[u8]) -> Result<DomainCert, StoreError> {
        Ok(DomainCert {
            id: CertId::parse(&self.id).map_err(corrupt("a certificate's id"))?,
            fingerprint: ovgs_domain::Fingerprint::of(der),
            revocation_checks: self.revocation_checks,
            expiry_time: rows::time(self.expiry_time)?,
            not_after: rows::time(self.not_after)?,
        })
    }
}
