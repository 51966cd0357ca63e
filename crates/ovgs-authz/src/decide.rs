//! The decision.

use std::collections::BTreeSet;

use ovgs_domain::{Author, Org, OrgId, Role, User};

use crate::{Action, Denied, Grant, Place, Power, Request, Spot, View, rule};

/// What decisions depend on beside the trees: the vendor's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The organizations whose users may hold SUPPORT (`security.support_orgs`). A SUPPORT role of anybody else counts
    /// for nothing.
    pub support_orgs: BTreeSet<OrgId>,
}

impl Policy {
    /// Whether a user may hold SUPPORT.
    #[must_use]
    pub fn in_support(&self, user: &User) -> bool {
        self.support_orgs.contains(&user.org)
    }

    /// Decides. The answer depends on nothing but the arguments.
    ///
    /// # Errors
    /// [`Denied`] says which role is missing, but nothing about groups the caller cannot read.
    pub fn decide(&self, caller: &User, request: &Request<'_>) -> Result<Grant, Denied> {
        let rule = rule(request.operation());
        for (place, spot) in request.spots(rule.place) {
            let allowed = match rule.place {
                Place::OwnerRoot => self.is_owners(caller, spot, rule.role),
                _ => self.role_at(caller, spot).is_some_and(|role| role >= rule.role),
            };
            if !allowed {
                return Err(Denied::MissingRole { role: rule.role, place });
            }
        }
        self.decide_membership(caller, request)?;
        let org = request.groups().0.org;
        Ok(Grant::new(Action::Call(request.operation()), org, Author::User(caller.clone())))
    }

    /// The highest role that counts for a user at a group.
    #[must_use]
    pub fn role_at(&self, user: &User, spot: Spot<'_>) -> Option<Role> {
        spot.org.roles_at(user, spot.group).filter(|role| self.counts(user, *role)).max()
    }

    /// What a caller may see of a tree.
    #[must_use]
    pub fn view<'a>(&'a self, caller: &'a User, org: &'a Org) -> View<'a> {
        View::new(self, caller, org)
    }

    /// Whether a role counts at all: SUPPORT does for support organizations alone.
    pub(crate) fn counts(&self, user: &User, role: Role) -> bool {
        role != Role::Support || self.in_support(user)
    }

    /// Exactly this role in this very group, held by a user of the organization that owns it.
    fn is_owners(&self, caller: &User, spot: Spot<'_>, role: Role) -> bool {
        let held = spot.org.group(spot.group).and_then(|group| group.role_of(caller));
        caller.org == *spot.org.id() && held == Some(role)
    }

    /// Whom a caller may give roles to, take them from, remove or speak for, once it is an ADMIN there.
    fn decide_membership(&self, caller: &User, request: &Request<'_>) -> Result<(), Denied> {
        match *request {
            Request::AddUserRole { group, user, role } => {
                if role == Role::Support && self.role_at(caller, group) != Some(Role::Support) {
                    return Err(Denied::SupportOnly);
                }
                self.own_users_only(caller, group, user)
            }
            Request::RemoveUserRole { group, user } => {
                self.own_users_only(caller, group, user)?;
                let held = group.org.group(group.group).and_then(|group| group.role_of(user));
                let is_support = held == Some(Role::Support) && self.in_support(user);
                if is_support && self.role_at(caller, group) != Some(Role::Support) {
                    return Err(Denied::SupportOnly);
                }
                Ok(())
            }
            Request::RemoveUser { power: Power::Vendors, .. }
            | Request::IssueToken { power: Power::Vendors, .. } => Err(Denied::VendorOnly),
            _ => Ok(()),
        }
    }

    /// A delegated caller deals with users of its own organization alone.
    fn own_users_only(&self, caller: &User, group: Spot<'_>, user: &User) -> Result<(), Denied> {
        if user.org != caller.org && self.view(caller, group.org).is_delegated_at(group.group) {
            return Err(Denied::OwnUsersOnly);
        }
        Ok(())
    }
}
