//! Events and changes, which is how the journal keeps them. What is in a database must stay readable.

use base64::{Engine, prelude::BASE64_STANDARD};
use ovgs_domain::{
    Change, ComponentId, DomainCert, Event, Fingerprint, GroupId, Revision, User, UserType, Username,
};
use serde::{Deserialize, Serialize};

use super::values::{self, corrupt, micros};
use crate::StoreError;

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum EventJson {
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
pub(super) enum ChangeJson {
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
pub(super) struct UserJson {
    org: String,
    username: String,
    user_type: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentJson {
    ien: String,
    serial_number: String,
}

/// All but the fingerprint, which is that of the bytes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertJson {
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

impl TryFrom<EventJson> for Event {
    type Error = StoreError;

    fn try_from(event: EventJson) -> Result<Event, StoreError> {
        let group = |id: Option<String>| id.as_deref().map(values::group_id).transpose();
        Ok(match event {
            EventJson::OrgCreated { org, description } => Event::OrgCreated {
                org: values::org_id(&org)?,
                description: values::org_description(&description)?,
            },
            EventJson::OrgDeleted { org } => Event::OrgDeleted { org: values::org_id(&org)? },
            EventJson::TreeChanged { org, revision, change } => Event::TreeChanged {
                org: values::org_id(&org)?,
                revision: Revision(revision),
                change: change.try_into()?,
            },
            EventJson::ComponentPlaced { component, org, from, to } => Event::ComponentPlaced {
                component: component.try_into()?,
                org: values::org_id(&org)?,
                from: group(from)?,
                to: group(to)?,
            },
            EventJson::ComponentAdded { component, org } => {
                Event::ComponentAdded { component: component.try_into()?, org: values::org_id(&org)? }
            }
            EventJson::ComponentUpdated { component, org } => {
                Event::ComponentUpdated { component: component.try_into()?, org: values::org_id(&org)? }
            }
            EventJson::ComponentRetired { component, org } => {
                Event::ComponentRetired { component: component.try_into()?, org: values::org_id(&org)? }
            }
            EventJson::ComponentTransferred { component, from, to } => Event::ComponentTransferred {
                component: component.try_into()?,
                from: values::org_id(&from)?,
                to: values::org_id(&to)?,
            },
            EventJson::UserAdded { user } => Event::UserAdded { user: user.try_into()? },
            EventJson::UserRemoved { user } => Event::UserRemoved { user: user.try_into()? },
            EventJson::TokenIssued { jti, user, expires_at } => {
                Event::TokenIssued { jti, user: user.try_into()?, expires_at: values::time(expires_at)? }
            }
            EventJson::TokenRevoked { jti, user } => Event::TokenRevoked { jti, user: user.try_into()? },
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

impl TryFrom<ChangeJson> for Change {
    type Error = StoreError;

    fn try_from(change: ChangeJson) -> Result<Change, StoreError> {
        Ok(match change {
            ChangeJson::GroupCreated { group, parent, description } => Change::GroupCreated {
                group: values::group_id(&group)?,
                parent: values::group_id(&parent)?,
                description: values::group_description(&description)?,
            },
            ChangeJson::GroupDeleted { group } => Change::GroupDeleted { group: values::group_id(&group)? },
            ChangeJson::DelegationAdded { group, delegate } => Change::DelegationAdded {
                group: values::group_id(&group)?,
                delegate: values::delegate(&delegate)?,
            },
            ChangeJson::DelegationRemoved { group, delegate } => Change::DelegationRemoved {
                group: values::group_id(&group)?,
                delegate: values::delegate(&delegate)?,
            },
            ChangeJson::RoleAdded { group, user, role } => Change::RoleAdded {
                group: values::group_id(&group)?,
                user: user.try_into()?,
                role: values::role(&role)?,
            },
            ChangeJson::RoleRemoved { group, user } => {
                Change::RoleRemoved { group: values::group_id(&group)?, user: user.try_into()? }
            }
            ChangeJson::DomainCertCreated { group, cert, der } => {
                let der = BASE64_STANDARD.decode(der).map_err(corrupt("a certificate"))?;
                Change::DomainCertCreated {
                    group: values::group_id(&group)?,
                    cert: cert.into_cert(Fingerprint::of(&der))?,
                    der: der.into(),
                }
            }
            ChangeJson::DomainCertDeleted { group, cert } => {
                Change::DomainCertDeleted { group: values::group_id(&group)?, cert: values::cert_id(&cert)? }
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

impl TryFrom<UserJson> for User {
    type Error = StoreError;

    fn try_from(user: UserJson) -> Result<User, StoreError> {
        Ok(User {
            org: values::org_id(&user.org)?,
            username: Username::parse(&user.username).map_err(corrupt("a username"))?,
            user_type: UserType::parse(&user.user_type).map_err(corrupt("a kind of user"))?,
        })
    }
}

impl From<&ComponentId> for ComponentJson {
    fn from(id: &ComponentId) -> ComponentJson {
        ComponentJson { ien: id.ien.to_string(), serial_number: id.serial_number.to_string() }
    }
}

impl TryFrom<ComponentJson> for ComponentId {
    type Error = StoreError;

    fn try_from(id: ComponentJson) -> Result<ComponentId, StoreError> {
        values::component_id(&id.ien, &id.serial_number)
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
    /// The certificate of these bytes, or of this fingerprint.
    pub(super) fn into_cert(self, fingerprint: Fingerprint) -> Result<DomainCert, StoreError> {
        Ok(DomainCert {
            id: values::cert_id(&self.id)?,
            fingerprint,
            revocation_checks: self.revocation_checks,
            expiry_time: values::time(self.expiry_time)?,
            not_after: values::time(self.not_after)?,
        })
    }
}
