//! The permission table.

use std::fmt;

use ovgs_domain::Role;

use crate::Operation;

/// What a call takes: the least role, and where it must be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The least role; a higher one serves as well, except at [`Place::OwnerRoot`].
    pub role: Role,
    /// Where it must be held, there or in an ancestor.
    pub place: Place,
}

impl Rule {
    const fn new(role: Role, place: Place) -> Rule {
        Rule { role, place }
    }
}

/// Where a role must be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the group that is named.
    Group,
    /// In the parent of the group that is made or deleted; for a root, in the root.
    Parent,
    /// In the root group, by a user of the organization that owns it, and exactly that role.
    OwnerRoot,
    /// In each group shown.
    EachShown,
    /// In the group that is named, then in the component's present group.
    TargetAndSource,
    /// In any group the component is in.
    Holder,
    /// In the certificate's group.
    Cert,
    /// In any group the component is in, then in the certificate's group.
    HolderAndCert,
}

/// The table: one row per call.
#[must_use]
#[rustfmt::skip]
pub fn rule(operation: Operation) -> Rule {
    use Operation as Op;
    match operation {
        Op::GetComponents           => Rule::new(Role::Requestor, Place::Group),
        Op::CreateGroup             => Rule::new(Role::Admin,     Place::Parent),
        Op::DeleteGroup             => Rule::new(Role::Admin,     Place::Parent),
        Op::GetGroup                => Rule::new(Role::Requestor, Place::Group),
        Op::AddGroupDelegatedOrg    => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::RemoveGroupDelegatedOrg => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::AddUserRole             => Rule::new(Role::Admin,     Place::Group),
        Op::RemoveUserRole          => Rule::new(Role::Admin,     Place::Group),
        Op::GetUserRole             => Rule::new(Role::Requestor, Place::EachShown),
        Op::AddSerial               => Rule::new(Role::Assigner,  Place::TargetAndSource),
        Op::RemoveSerial            => Rule::new(Role::Assigner,  Place::Group),
        Op::GetSerial               => Rule::new(Role::Requestor, Place::Holder),
        Op::GetSerials              => Rule::new(Role::Requestor, Place::Holder),
        Op::CreateDomainCert        => Rule::new(Role::Assigner,  Place::Group),
        Op::DeleteDomainCert        => Rule::new(Role::Assigner,  Place::Cert),
        Op::GetDomainCert           => Rule::new(Role::Requestor, Place::Cert),
        Op::GetOwnershipVoucher     => Rule::new(Role::Requestor, Place::HolderAndCert),
        Op::GetOwnershipVouchers    => Rule::new(Role::Requestor, Place::HolderAndCert),

        Op::RegisterUser            => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::RemoveUser              => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::ListUsers               => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::IssueToken              => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::ListTokens              => Rule::new(Role::Admin,     Place::OwnerRoot),
        Op::RevokeToken             => Rule::new(Role::Admin,     Place::OwnerRoot),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Group | Place::EachShown => "the group",
            Place::Parent => "the parent group",
            Place::OwnerRoot => "the root group",
            Place::TargetAndSource => "the group and the component's present group",
            Place::Holder => "a group of the component",
            Place::Cert => "the certificate's group",
            Place::HolderAndCert => "a group of the component and the certificate's group",
        })
    }
}
