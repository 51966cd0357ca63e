//! What is to be decided.

use ovgs_domain::{GroupId, Org, Role, User};

use crate::{Operation, Place};

/// A group in its tree.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The tree.
    pub org: &'a Org,
    /// The group in it.
    pub group: &'a GroupId,
}

impl<'a> Spot<'a> {
    /// The root of the same tree.
    #[must_use]
    pub fn root(self) -> Spot<'a> {
        Spot { group: self.org.root(), ..self }
    }

    /// The parent of the group; a root is its own.
    #[must_use]
    pub fn parent(self) -> Spot<'a> {
        let parent = self.org.group(self.group).and_then(|group| group.parent());
        Spot { group: parent.unwrap_or(self.group), ..self }
    }
}

/// A call with the groups and users that matter for permission. `holder` is the lowest group a component is in; `root`
/// is the root group of the organization whose accounts are meant; `power` is what an account could lend to whoever gets
/// hold of it.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are the ones of the call, described in ovgs.proto and above")]
pub enum Request<'a> {
    GetComponents { group: Spot<'a> },
    CreateGroup { parent: Spot<'a> },
    DeleteGroup { group: Spot<'a> },
    GetGroup { group: Spot<'a> },
    AddGroupDelegatedOrg { group: Spot<'a> },
    RemoveGroupDelegatedOrg { group: Spot<'a> },
    AddUserRole { group: Spot<'a>, user: &'a User, role: Role },
    RemoveUserRole { group: Spot<'a>, user: &'a User },
    GetUserRole { group: Spot<'a>, user: &'a User },
    AddSerial { group: Spot<'a>, holder: Spot<'a> },
    RemoveSerial { group: Spot<'a> },
    GetSerial { holder: Spot<'a> },
    GetSerials { holder: Spot<'a> },
    CreateDomainCert { group: Spot<'a> },
    DeleteDomainCert { group: Spot<'a> },
    GetDomainCert { group: Spot<'a> },
    GetOwnershipVoucher { holder: Spot<'a>, cert_group: Spot<'a> },
    GetOwnershipVouchers { holder: Spot<'a>, cert_group: Spot<'a> },
    RegisterUser { root: Spot<'a> },
    RemoveUser { root: Spot<'a>, power: Power },
    ListUsers { root: Spot<'a> },
    IssueToken { root: Spot<'a>, power: Power },
    ListTokens { root: Spot<'a> },
    RevokeToken { root: Spot<'a> },
}

/// What an account can do beyond what its own organization gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Nothing.
    Ordinary,
    /// It holds a SUPPORT role that counts, or provisions: only the vendor gives that, and so takes or lends it.
    Vendors,
}

impl<'a> Request<'a> {
    /// Which call it is.
    #[must_use]
    #[rustfmt::skip]
    pub fn operation(&self) -> Operation {
        match self {
            Request::GetComponents { .. }           => Operation::GetComponents,
            Request::CreateGroup { .. }             => Operation::CreateGroup,
            Request::DeleteGroup { .. }             => Operation::DeleteGroup,
            Request::GetGroup { .. }                => Operation::GetGroup,
            Request::AddGroupDelegatedOrg { .. }    => Operation::AddGroupDelegatedOrg,
            Request::RemoveGroupDelegatedOrg { .. } => Operation::RemoveGroupDelegatedOrg,
            Request::AddUserRole { .. }             => Operation::AddUserRole,
            Request::RemoveUserRole { .. }          => Operation::RemoveUserRole,
            Request::GetUserRole { .. }             => Operation::GetUserRole,
            Request::AddSerial { .. }               => Operation::AddSerial,
            Request::RemoveSerial { .. }            => Operation::RemoveSerial,
            Request::GetSerial { .. }               => Operation::GetSerial,
            Request::GetSerials { .. }              => Operation::GetSerials,
            Request::CreateDomainCert { .. }        => Operation::CreateDomainCert,
            Request::DeleteDomainCert { .. }        => Operation::DeleteDomainCert,
            Request::GetDomainCert { .. }           => Operation::GetDomainCert,
            Request::GetOwnershipVoucher { .. }     => Operation::GetOwnershipVoucher,
            Request::GetOwnershipVouchers { .. }    => Operation::GetOwnershipVouchers,
            Request::RegisterUser { .. }            => Operation::RegisterUser,
            Request::RemoveUser { .. }              => Operation::RemoveUser,
            Request::ListUsers { .. }               => Operation::ListUsers,
            Request::IssueToken { .. }              => Operation::IssueToken,
            Request::ListTokens { .. }              => Operation::ListTokens,
            Request::RevokeToken { .. }             => Operation::RevokeToken,
        }
    }

    /// The groups in which the role must be held, each with the place that a refusal names, in the order of asking.
    pub(crate) fn spots(&self, place: Place) -> impl Iterator<Item = (Place, Spot<'a>)> {
        let (first, second) = self.groups();
        let (first, second) = match place {
            Place::Parent => ((Place::Parent, self.parent(first)), None),
            Place::OwnerRoot => ((Place::OwnerRoot, first.root()), None),
            Place::TargetAndSource => ((Place::Group, first), second.map(|spot| (Place::Holder, spot))),
            Place::HolderAndCert => ((Place::Holder, first), second.map(|spot| (Place::Cert, spot))),
            Place::Group | Place::EachShown | Place::Holder | Place::Cert => ((place, first), None),
        };
        [first].into_iter().chain(second)
    }

    /// The groups of the call, in the order of asking; the first is the one a grant is for.
    pub(crate) fn groups(&self) -> (Spot<'a>, Option<Spot<'a>>) {
        match *self {
            Request::AddSerial { group, holder } => (group, Some(holder)),
            Request::GetOwnershipVoucher { holder, cert_group }
            | Request::GetOwnershipVouchers { holder, cert_group } => (holder, Some(cert_group)),
            Request::GetSerial { holder: group }
            | Request::GetSerials { holder: group }
            | Request::CreateGroup { parent: group }
            | Request::GetComponents { group }
            | Request::DeleteGroup { group }
            | Request::GetGroup { group }
            | Request::AddGroupDelegatedOrg { group }
            | Request::RemoveGroupDelegatedOrg { group }
            | Request::AddUserRole { group, .. }
            | Request::RemoveUserRole { group, .. }
            | Request::GetUserRole { group, .. }
            | Request::RemoveSerial { group }
            | Request::CreateDomainCert { group }
            | Request::DeleteDomainCert { group }
            | Request::GetDomainCert { group }
            | Request::RegisterUser { root: group }
            | Request::RemoveUser { root: group, .. }
            | Request::ListUsers { root: group }
            | Request::IssueToken { root: group, .. }
            | Request::ListTokens { root: group }
            | Request::RevokeToken { root: group } => (group, None),
        }
    }

    /// For a new group, the parent is what is named.
    fn parent(&self, named: Spot<'a>) -> Spot<'a> {
        match self {
            Request::CreateGroup { .. } => named,
            _ => named.parent(),
        }
    }
}
