//! What an event speaks of, so that every store answers a filter alike.

use ovgs_domain::{Author, Change, ComponentId, Event, IssuedVoucher, OrgId, User};

use crate::{EventFilter, Stamp, VoucherFilter};

/// Whom and what an event speaks of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subjects<'a> {
    pub(crate) org: &'a OrgId,
    /// Where a transferred component went.
    pub(crate) to_org: Option<&'a OrgId>,
    pub(crate) user: Option<&'a User>,
    pub(crate) component: Option<&'a ComponentId>,
}

impl<'a> Subjects<'a> {
    pub(crate) fn of(event: &'a Event) -> Subjects<'a> {
        match event {
            Event::OrgCreated { org, description: _ } | Event::OrgDeleted { org } => Subjects::org(org),
            Event::TreeChanged { org, revision: _, change } => {
                Subjects { user: user_of(change), ..Subjects::org(org) }
            }
            Event::ComponentPlaced { component, org, from: _, to: _ }
            | Event::ComponentAdded { component, org }
            | Event::ComponentUpdated { component, org }
            | Event::ComponentRetired { component, org } => {
                Subjects { component: Some(component), ..Subjects::org(org) }
            }
            Event::ComponentTransferred { component, from, to } => {
                Subjects { component: Some(component), to_org: Some(to), ..Subjects::org(from) }
            }
            Event::UserAdded { user }
            | Event::UserRemoved { user }
            | Event::TokenIssued { jti: _, user, expires_at: _ }
            | Event::TokenRevoked { jti: _, user } => {
                Subjects { user: Some(user), ..Subjects::org(&user.org) }
            }
        }
    }

    fn org(org: &'a OrgId) -> Subjects<'a> {
        Subjects { org, to_org: None, user: None, component: None }
    }
}

fn user_of(change: &Change) -> Option<&User> {
    match change {
        Change::RoleAdded { user, .. } | Change::RoleRemoved { user, .. } => Some(user),
        Change::GroupCreated { .. }
        | Change::GroupDeleted { .. }
        | Change::DelegationAdded { .. }
        | Change::DelegationRemoved { .. }
        | Change::DomainCertCreated { .. }
        | Change::DomainCertDeleted { .. } => None,
    }
}

impl VoucherFilter {
    /// Whether every condition holds for a record, as every store must answer it.
    #[must_use]
    pub fn admits(&self, voucher: &IssuedVoucher) -> bool {
        self.org.as_ref().is_none_or(|org| *org == voucher.org)
            && self.component.as_ref().is_none_or(|component| *component == voucher.component)
            && self.cert.as_ref().is_none_or(|cert| *cert == voucher.cert)
            && self.since.is_none_or(|since| voucher.at >= since)
            && self.valid_after.is_none_or(|after| voucher.expires_on.is_none_or(|expires| expires > after))
    }
}

impl EventFilter {
    /// Whether every condition holds for an event, as every store must answer it.
    #[must_use]
    pub fn admits(&self, stamp: &Stamp, event: &Event) -> bool {
        let subjects = Subjects::of(event);
        let wrote = |user: &User| matches!(&stamp.author, Author::User(author) if author == user);
        self.org.as_ref().is_none_or(|org| org == subjects.org || Some(org) == subjects.to_org)
            && self.user.as_ref().is_none_or(|user| Some(user) == subjects.user || wrote(user))
            && self.component.as_ref().is_none_or(|component| Some(component) == subjects.component)
            && self.since.is_none_or(|since| stamp.at >= since)
    }
}
