//! Several organizations as flat lists, and calls as plain data: what both the crate and the naive reference are asked.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_authz::{Operation, Policy, Power, Request, Spot};
use ovgs_domain::{
    Delegate, Description, GroupId, GroupRecord, Org, OrgId, OrgRecords, Revision, Role, User, UserType,
    Username,
};

/// Everything that decisions depend on.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// The organizations that give the vendor's support.
    pub(crate) support_orgs: BTreeSet<OrgId>,
    /// All groups: whose, which, where it hangs. Root groups have no parent.
    pub(crate) groups: Vec<(OrgId, GroupId, Option<GroupId>)>,
    /// All roles: where, who, which.
    pub(crate) roles: Vec<(GroupId, User, Role)>,
    /// All delegations: which group lists whom.
    pub(crate) delegations: Vec<(GroupId, Delegate)>,
}

/// One call: its one or two groups in the order of the contract (component before certificate, target before present
/// group), and the user and role that it names, if it does.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) group: GroupId,
    pub(crate) second: GroupId,
    pub(crate) user: User,
    pub(crate) role: Role,
}

/// The same world as the crate takes it.
#[derive(Debug)]
pub(crate) struct Trees {
    pub(crate) policy: Policy,
    pub(crate) orgs: BTreeMap<OrgId, Org>,
    owners: BTreeMap<GroupId, OrgId>,
}

impl World {
    pub(crate) fn trees(&self) -> Trees {
        let orgs: BTreeSet<&OrgId> = self.groups.iter().map(|(org, ..)| org).collect();
        Trees {
            policy: Policy { support_orgs: self.support_orgs.clone() },
            orgs: orgs.into_iter().map(|org| (org.clone(), self.tree(org))).collect(),
            owners: self.groups.iter().map(|(org, group, _)| (group.clone(), org.clone())).collect(),
        }
    }

    fn tree(&self, org: &OrgId) -> Org {
        let owned: BTreeSet<&GroupId> =
            self.groups.iter().filter(|(owner, ..)| owner == org).map(|(_, group, _)| group).collect();
        let record = |(_, group, parent): &(OrgId, GroupId, Option<GroupId>)| GroupRecord {
            id: group.clone(),
            parent: parent.clone(),
            description: Description::parse(group.as_str()).unwrap(),
        };
        let records = OrgRecords {
            id: org.clone(),
            // Any number will do, as long as two organizations do not share it.
            revision: Revision(org.as_str().bytes().map(u64::from).sum()),
            groups: self.groups.iter().filter(|(owner, ..)| owner == org).map(record).collect(),
            members: self.roles.iter().filter(|(group, ..)| owned.contains(group)).cloned().collect(),
            delegations: self
                .delegations
                .iter()
                .filter(|(group, _)| owned.contains(group))
                .cloned()
                .collect(),
            certs: Vec::new(),
        };
        Org::from_records(records).unwrap()
    }
}

impl Trees {
    /// The tree that a group is in.
    pub(crate) fn org_of(&self, group: &GroupId) -> &Org {
        self.owners.get(group).and_then(|owner| self.orgs.get(owner)).unwrap()
    }

    pub(crate) fn spot<'a>(&'a self, group: &'a GroupId) -> Spot<'a> {
        Spot { org: self.org_of(group), group }
    }

    pub(crate) fn allows(&self, caller: &User, call: &Call) -> bool {
        self.policy.decide(caller, &self.request(call)).is_ok()
    }

    pub(crate) fn request<'a>(&'a self, call: &'a Call) -> Request<'a> {
        let Call { user, role, .. } = call;
        let (group, second, role) = (self.spot(&call.group), self.spot(&call.second), *role);
        let power = Power::Ordinary;
        match call.operation {
            Operation::GetComponents => Request::GetComponents { group },
            Operation::CreateGroup => Request::CreateGroup { parent: group },
            Operation::DeleteGroup => Request::DeleteGroup { group },
            Operation::GetGroup => Request::GetGroup { group },
            Operation::AddGroupDelegatedOrg => Request::AddGroupDelegatedOrg { group },
            Operation::RemoveGroupDelegatedOrg => Request::RemoveGroupDelegatedOrg { group },
            Operation::AddUserRole => Request::AddUserRole { group, user, role },
            Operation::RemoveUserRole => Request::RemoveUserRole { group, user },
            Operation::GetUserRole => Request::GetUserRole { group, user },
            Operation::AddSerial => Request::AddSerial { group, holder: second },
            Operation::RemoveSerial => Request::RemoveSerial { group },
            Operation::GetSerial => Request::GetSerial { holder: group },
            Operation::GetSerials => Request::GetSerials { holder: group },
            Operation::CreateDomainCert => Request::CreateDomainCert { group },
            Operation::DeleteDomainCert => Request::DeleteDomainCert { group },
            Operation::GetDomainCert => Request::GetDomainCert { group },
            Operation::GetOwnershipVoucher => {
                Request::GetOwnershipVoucher { holder: group, cert_group: second }
            }
            Operation::GetOwnershipVouchers => {
                Request::GetOwnershipVouchers { holder: group, cert_group: second }
            }
            Operation::RegisterUser => Request::RegisterUser { root: group.root() },
            Operation::RemoveUser => Request::RemoveUser { root: group.root(), power },
            Operation::ListUsers => Request::ListUsers { root: group.root() },
            Operation::IssueToken => Request::IssueToken { root: group.root(), power },
            Operation::ListTokens => Request::ListTokens { root: group.root() },
            Operation::RevokeToken => Request::RevokeToken { root: group.root() },
        }
    }
}

/// Whether a call has a second group: where a component is, or a certificate.
pub(crate) fn has_second_group(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::AddSerial | Operation::GetOwnershipVoucher | Operation::GetOwnershipVouchers
    )
}

pub(crate) fn org_id(name: &str) -> OrgId {
    OrgId::parse(name).unwrap()
}

pub(crate) fn group_id(id: &str) -> GroupId {
    GroupId::parse(id).unwrap()
}

pub(crate) fn user(org: &str, name: &str) -> User {
    User { org: org_id(org), username: Username::parse(name).unwrap(), user_type: UserType::User }
}
