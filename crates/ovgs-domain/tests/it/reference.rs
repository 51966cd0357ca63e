//! An organization once more, said naively: four lists and a number, searched from beginning to end, and the rules of
//! what `ovgs.proto` says of each call over them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use ovgs_domain::{
    CertId, Change, Delegate, Description, DomainCert, GroupId, GroupRecord, OrgId, OrgRecords, Revision,
    Role, User,
};

use crate::generators::Step;

/// The reference. Its lists are the records themselves, in any order.
#[derive(Clone, Debug)]
pub(crate) struct Naive(pub(crate) OrgRecords);

/// Why not: the name of the violation.
type Refusal = &'static str;

impl Naive {
    fn knows(&self, group: &GroupId) -> bool {
        self.0.groups.iter().any(|record| record.id == *group)
    }

    pub(crate) fn parent(&self, group: &GroupId) -> Option<GroupId> {
        self.0.groups.iter().find(|record| record.id == *group).and_then(|record| record.parent.clone())
    }

    /// The group, its parent, and so on up to the root.
    pub(crate) fn above(&self, group: &GroupId) -> Vec<GroupId> {
        let mut all: Vec<GroupId> =
            self.0.groups.iter().map(|r| r.id.clone()).filter(|id| id == group).collect();
        while let Some(parent) = all.last().and_then(|last| self.parent(last)) {
            all.push(parent);
        }
        all
    }

    /// The groups whose way up leads through this one.
    pub(crate) fn below(&self, group: &GroupId) -> BTreeSet<GroupId> {
        let all = self.0.groups.iter().map(|record| record.id.clone());
        all.filter(|id| self.above(id).contains(group)).collect()
    }

    /// The direct children, by description.
    pub(crate) fn children(&self, group: &GroupId) -> Vec<GroupId> {
        let mut records: Vec<&GroupRecord> =
            self.0.groups.iter().filter(|record| record.parent.as_ref() == Some(group)).collect();
        records.sort_by_key(|record| record.description.as_str());
        records.into_iter().map(|record| record.id.clone()).collect()
    }

    pub(crate) fn role(&self, group: &GroupId, user: &User) -> Option<Role> {
        self.0.members.iter().find(|(at, who, _)| at == group && who == user).map(|(_, _, role)| *role)
    }

    fn lists(&self, group: &GroupId, delegate: &Delegate) -> bool {
        self.0.delegations.contains(&(group.clone(), delegate.clone()))
    }

    /// The ancestors-or-self that list the organization or `*`, the nearest first.
    pub(crate) fn sources(&self, group: &GroupId, org: &OrgId) -> Vec<GroupId> {
        let lists_it =
            |at: &GroupId| self.lists(at, &Delegate::Any) || self.lists(at, &Delegate::Org(org.clone()));
        self.above(group).into_iter().filter(lists_it).collect()
    }

    pub(crate) fn delegations(&self, group: &GroupId) -> BTreeMap<Delegate, BTreeSet<GroupId>> {
        let mut listed = BTreeMap::<Delegate, BTreeSet<GroupId>>::new();
        for (at, delegate) in &self.0.delegations {
            if self.above(group).contains(at) {
                listed.entry(delegate.clone()).or_default().insert(at.clone());
            }
        }
        listed
    }

    /// How many roles of other organizations' users, SUPPORT apart, would lose their last source with this entry.
    pub(crate) fn resting_on(&self, group: &GroupId, delegate: &Delegate) -> usize {
        let mut without = self.clone();
        without.0.delegations.retain(|entry| *entry != (group.clone(), delegate.clone()));
        let lost = |(at, user, role): &&(GroupId, User, Role)| {
            let foreign = user.org != self.0.id && *role != Role::Support;
            let had_one = !self.sources(at, &user.org).is_empty();
            foreign && had_one && without.sources(at, &user.org).is_empty()
        };
        self.0.members.iter().filter(lost).count()
    }

    fn cert_ids(&self, group: &GroupId) -> Vec<CertId> {
        self.0.certs.iter().filter(|(at, _)| at == group).map(|(_, cert)| cert.id.clone()).collect()
    }

    /// What a step does, as the contract says, or why not.
    pub(crate) fn decide(&self, step: &Step) -> Result<Change, Refusal> {
        match step.clone() {
            Step::CreateGroup { parent, id, description } => {
                self.may_create(&parent, &description)?;
                Ok(Change::GroupCreated { group: id, parent, description })
            }
            Step::DeleteGroup { group, components } => {
                self.may_delete(&group, components)?;
                Ok(Change::GroupDeleted { group })
            }
            Step::Delegate { group, delegate } => {
                self.may_delegate(&group, &delegate)?;
                Ok(Change::DelegationAdded { group, delegate })
            }
            Step::Undelegate { group, delegate } => {
                self.may_undelegate(&group, &delegate)?;
                Ok(Change::DelegationRemoved { group, delegate })
            }
            Step::AddRole { group, user, role, in_support } => {
                self.may_add_role(&group, &user, role, in_support)?;
                Ok(Change::RoleAdded { group, user, role })
            }
            Step::RemoveRole { group, user } => {
                self.role(&group, &user).ok_or("NoSuchRole")?;
                Ok(Change::RoleRemoved { group, user })
            }
            Step::CreateCert { group, id, certificate, revocation_checks, expiry_time } => {
                let micros = expiry_time.timestamp_micros();
                let expiry_time = DateTime::from_timestamp_micros(micros).unwrap();
                let (fingerprint, not_after) = (certificate.fingerprint(), certificate.not_after());
                let cert = DomainCert { id, fingerprint, revocation_checks, expiry_time, not_after };
                self.may_create_cert(&group, &cert)?;
                Ok(Change::DomainCertCreated { group, cert, der: certificate.der().clone() })
            }
            Step::DeleteCert { group, cert } => Ok(Change::DomainCertDeleted { group, cert }),
        }
    }

    /// Takes a change that fits.
    pub(crate) fn apply(&mut self, change: &Change) {
        let OrgRecords { revision, groups, members, delegations, certs, .. } = &mut self.0;
        match change.clone() {
            Change::GroupCreated { group: id, parent, description } => {
                groups.push(GroupRecord { id, parent: Some(parent), description });
            }
            Change::GroupDeleted { group } => {
                groups.retain(|record| record.id != group);
                delegations.retain(|(at, _)| *at != group);
            }
            Change::DelegationAdded { group, delegate } => delegations.push((group, delegate)),
            Change::DelegationRemoved { group, delegate } => {
                delegations.retain(|entry| *entry != (group.clone(), delegate.clone()));
            }
            Change::RoleAdded { group, user, role } => members.push((group, user, role)),
            Change::RoleRemoved { group, user } => {
                members.retain(|(at, who, _)| !(*at == group && *who == user));
            }
            Change::DomainCertCreated { group, cert, der: _ } => certs.push((group, cert)),
            Change::DomainCertDeleted { group: _, cert } => certs.retain(|(_, other)| other.id != cert),
        }
        *revision = Revision(revision.0 + 1);
    }

    fn may_create(&self, parent: &GroupId, description: &Description) -> Result<(), Refusal> {
        let mut siblings = self.0.groups.iter().filter(|record| record.parent.as_ref() == Some(parent));
        if siblings.any(|record| record.description == *description) {
            return Err("GroupExists");
        }
        // The parent's way up is as long as the new group is deep.
        if self.above(parent).len() > 32 { Err("TooDeep") } else { Ok(()) }
    }

    fn may_create_cert(&self, group: &GroupId, cert: &DomainCert) -> Result<(), Refusal> {
        let facts = |cert: &DomainCert| (cert.fingerprint, cert.revocation_checks, cert.expiry_time);
        let same = |(at, other): &(GroupId, DomainCert)| at == group && facts(other) == facts(cert);
        if self.0.certs.iter().any(same) { Err("CertExists") } else { Ok(()) }
    }

    fn may_delete(&self, group: &GroupId, components: u64) -> Result<(), Refusal> {
        let has_users = self.0.members.iter().any(|(at, ..)| at == group);
        let has_certs = !self.cert_ids(group).is_empty();
        match self.parent(group) {
            None => Err("RootGroup"),
            Some(_) if has_users || has_certs || components > 0 => Err("NotEmpty"),
            Some(_) if !self.children(group).is_empty() => Err("NotEmpty"),
            Some(_) => Ok(()),
        }
    }

    fn may_delegate(&self, group: &GroupId, delegate: &Delegate) -> Result<(), Refusal> {
        if *delegate == Delegate::Org(self.0.id.clone()) {
            return Err("OwnOrganization");
        }
        if self.lists(group, delegate) { Err("AlreadyDelegated") } else { Ok(()) }
    }

    fn may_undelegate(&self, group: &GroupId, delegate: &Delegate) -> Result<(), Refusal> {
        if *delegate == Delegate::Org(self.0.id.clone()) {
            return Err("OwnOrganization");
        }
        if !self.lists(group, delegate) {
            return Err("NotDelegated");
        }
        if self.resting_on(group, delegate) > 0 { Err("DelegationInUse") } else { Ok(()) }
    }

    fn may_add_role(
        &self,
        group: &GroupId,
        user: &User,
        role: Role,
        in_support: bool,
    ) -> Result<(), Refusal> {
        let is_support = role == Role::Support;
        if is_support && self.parent(group).is_some() {
            return Err("SupportOutsideRoot");
        }
        if is_support && !in_support {
            return Err("NotSupportOrg");
        }
        if self.role(group, user).is_some() {
            return Err("RoleExists");
        }
        if !is_support && user.org != self.0.id && self.sources(group, &user.org).is_empty() {
            return Err("NoDelegation");
        }
        Ok(())
    }

    /// Whether a change speaks of what is there, adds what is not, and leaves nothing hanging.
    pub(crate) fn fits(&self, change: &Change) -> bool {
        match change {
            Change::GroupCreated { group, parent, description } => {
                let is_free = self.may_create(parent, description) != Err("GroupExists");
                !self.knows(group) && self.knows(parent) && is_free
            }
            Change::GroupDeleted { group } => self.knows(group) && self.may_delete(group, 0).is_ok(),
            Change::DelegationAdded { group, delegate } => self.knows(group) && !self.lists(group, delegate),
            Change::DelegationRemoved { group, delegate } => self.lists(group, delegate),
            Change::RoleAdded { group, user, .. } => self.knows(group) && self.role(group, user).is_none(),
            Change::RoleRemoved { group, user } => self.role(group, user).is_some(),
            Change::DomainCertCreated { group, cert, .. } => {
                self.knows(group) && self.0.certs.iter().all(|(_, other)| other.id != cert.id)
            }
            Change::DomainCertDeleted { group, cert } => self.cert_ids(group).contains(cert),
        }
    }

    /// Whether the lists are one tree, with nothing said twice and nothing said about groups that are not there.
    pub(crate) fn is_one_tree(&self) -> bool {
        let root = self.0.id.root();
        let groups = &self.0.groups;
        let only_root =
            groups.iter().filter(|record| record.parent.is_none()).map(|record| &record.id).eq([&root]);
        // Whoever has not reached the root after as many steps as there are groups goes in a circle, or has left.
        let arrives = |group: &GroupId| {
            let mut at = Some(group.clone());
            for _ in groups {
                at = at.map(|here| self.parent(&here).unwrap_or(here));
            }
            at.as_ref() == Some(&root)
        };
        only_root
            && groups.iter().all(|record| arrives(&record.id))
            && all_differ(groups.iter().map(|record| &record.id))
            && all_differ(groups.iter().map(|record| (&record.parent, &record.description)))
            && all_differ(self.0.members.iter().map(|(group, user, _)| (group, user)))
            && all_differ(self.0.delegations.iter())
            && all_differ(self.0.certs.iter().map(|(_, cert)| &cert.id))
            && self.0.members.iter().all(|(group, ..)| self.knows(group))
            && self.0.delegations.iter().all(|(group, _)| self.knows(group))
            && self.0.certs.iter().all(|(group, _)| self.knows(group))
    }
}

/// The records in one order, whatever order they were in.
pub(crate) fn sorted(mut records: OrgRecords) -> OrgRecords {
    records.groups.sort_by(|a, b| a.id.cmp(&b.id));
    records.members.sort();
    records.delegations.sort();
    records.certs.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
    records
}

fn all_differ<T: Ord>(things: impl Iterator<Item = T>) -> bool {
    let all: Vec<T> = things.collect();
    let count = all.len();
    all.into_iter().collect::<BTreeSet<T>>().len() == count
}
