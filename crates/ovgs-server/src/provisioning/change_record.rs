//! A change as the journal's readers are told of it.

use chrono::{DateTime, Utc};
use ovgs_domain::{
    Author, CertId, Change, ComponentId, Delegate, Description, Event, GroupId, OrgId, Role, User,
};
use ovgs_store::RecordedEvent;

/// A change: when, by whom, what, and what it speaks of. One form for all kinds, so that every way of reading the journal
/// tells the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRecord {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub author: Author,
    /// What happened, such as `org_created`.
    pub change: &'static str,
    /// In which organization.
    pub org: OrgId,
    /// What it speaks of.
    pub about: About,
}

/// What a change speaks of besides its organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Where a transferred component went.
    pub to_org: Option<OrgId>,
    /// The group.
    pub group: Option<GroupId>,
    /// Where a component was before.
    pub from_group: Option<GroupId>,
    /// The parent of a new group.
    pub parent: Option<GroupId>,
    /// What people call what is new.
    pub description: Option<Description>,
    /// The user.
    pub user: Option<User>,
    /// The role.
    pub role: Option<Role>,
    /// To whom a group was delegated.
    pub delegate: Option<Delegate>,
    /// The certificate.
    pub cert: Option<CertId>,
    /// The component.
    pub component: Option<ComponentId>,
    /// The token.
    pub jti: Option<String>,
    /// Until when the token is good.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<RecordedEvent> for ChangeRecord {
    fn from(recorded: RecordedEvent) -> ChangeRecord {
        let (change, org, about) = told(recorded.event);
        let (at, author) = (recorded.stamp.at, recorded.stamp.author);
        ChangeRecord { at, author, change, org, about }
    }
}

fn told(event: Event) -> (&'static str, OrgId, About) {
    match event {
        Event::OrgCreated { org, description } => {
            ("org_created", org, About { description: Some(description), ..About::default() })
        }
        Event::OrgDeleted { org } => ("org_deleted", org, About::default()),
        Event::TreeChanged { org, revision: _, change } => {
            let (name, about) = of_tree(change);
            (name, org, about)
        }
        Event::ComponentPlaced { component, org, from, to } => {
            ("component_placed", org, About { group: to, from_group: from, ..about_part(component) })
        }
        Event::ComponentAdded { component, org } => ("component_added", org, about_part(component)),
        Event::ComponentUpdated { component, org } => ("component_updated", org, about_part(component)),
        Event::ComponentRetired { component, org } => ("component_retired", org, about_part(component)),
        Event::ComponentTransferred { component, from, to } => {
            ("component_transferred", from, About { to_org: Some(to), ..about_part(component) })
        }
        Event::UserAdded { user } => ("user_added", user.org.clone(), about_user(user)),
        Event::UserRemoved { user } => ("user_removed", user.org.clone(), about_user(user)),
        Event::TokenIssued { jti, user, expires_at } => {
            let org = user.org.clone();
            let about = About { jti: Some(jti), expires_at: Some(expires_at), ..about_user(user) };
            ("token_issued", org, about)
        }
        Event::TokenRevoked { jti, user } => {
            ("token_revoked", user.org.clone(), About { jti: Some(jti), ..about_user(user) })
        }
    }
}

fn of_tree(change: Change) -> (&'static str, About) {
    let at = |group| About { group: Some(group), ..About::default() };
    match change {
        Change::GroupCreated { group, parent, description } => {
            let about = About { parent: Some(parent), description: Some(description), ..at(group) };
            ("group_created", about)
        }
        Change::GroupDeleted { group } => ("group_deleted", at(group)),
        Change::DelegationAdded { group, delegate } => {
            ("delegation_added", About { delegate: Some(delegate), ..at(group) })
        }
        Change::DelegationRemoved { group, delegate } => {
            ("delegation_removed", About { delegate: Some(delegate), ..at(group) })
        }
        Change::RoleAdded { group, user, role } => {
            ("role_added", About { user: Some(user), role: Some(role), ..at(group) })
        }
        Change::RoleRemoved { group, user } => ("role_removed", About { user: Some(user), ..at(group) }),
        Change::DomainCertCreated { group, cert, der: _ } => {
            ("domain_cert_created", About { cert: Some(cert.id), ..at(group) })
        }
        Change::DomainCertDeleted { group, cert } => {
            ("domain_cert_deleted", About { cert: Some(cert), ..at(group) })
        }
    }
}

fn about_part(component: ComponentId) -> About {
    About { component: Some(component), ..About::default() }
}

fn about_user(user: User) -> About {
    About { user: Some(user), ..About::default() }
}
