//! The tree of one organization, as one value.

mod apply;
mod delegation;
mod records;
mod roles;
mod size;
mod way;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use foldhash::{HashMap, HashMapExt as _};

pub use self::{
    apply::Misfit,
    records::{GroupRecord, OrgRecords},
};
use self::{roles::Holdings, way::Way};
use crate::{CertId, Delegate, Description, DomainCert, GroupId, OrgId, Role, User};

/// How often an organization's tree has moved since it was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Revision {
        Revision(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The whole tree of one organization at a [`Revision`]: groups with their members, delegations and certificates.
///
/// Components are not in it, there may be ten million of them; nor are the bytes of certificates.
/// A clone shares all groups with the original, so keeping an old tree while making a new one is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    id: OrgId,
    root: GroupId,
    revision: Revision,
    groups: HashMap<GroupId, Arc<Group>>,
    /// Where each user holds which role: the members of all groups, by user.
    assignments: HashMap<User, Arc<Holdings>>,
    /// Where each certificate is: the certificates of all groups, by id.
    certs: HashMap<CertId, GroupId>,
    octets: usize,
}

/// One group of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    way: Arc<Way>,
    description: Description,
    children: BTreeMap<Description, GroupId>,
    members: BTreeMap<User, Role>,
    delegates: BTreeSet<Delegate>,
    certs: BTreeMap<CertId, DomainCert>,
}

impl Org {
    /// The greatest depth of a group; a root has depth 0.
    pub const MAX_DEPTH: usize = 32;

    /// A new organization at revision 0: its root group and nothing else.
    #[must_use]
    pub fn new(id: OrgId, description: Description) -> Org {
        let root = id.root();
        let octets = size::TREE + size::group(&root, &description);
        let group = Group::new(Way::root(root.clone()), description);
        Org {
            id,
            root: root.clone(),
            revision: Revision::default(),
            groups: [(root, Arc::new(group))].into_iter().collect(),
            assignments: HashMap::new(),
            certs: HashMap::new(),
            octets,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &OrgId {
        &self.id
    }

    /// The id of its root group.
    #[must_use]
    pub fn root(&self) -> &GroupId {
        &self.root
    }

    /// The revision this value shows.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// One of its groups.
    #[must_use]
    pub fn group(&self, id: &GroupId) -> Option<&Group> {
        self.groups.get(id).map(Arc::as_ref)
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(Arc::as_ref)
    }

    /// The group that holds a certificate, and what the tree knows of the certificate.
    #[must_use]
    pub fn cert(&self, id: &CertId) -> Option<(&Group, &DomainCert)> {
        let group = self.group(self.certs.get(id)?)?;
        group.certs.get(id).map(|cert| (group, cert))
    }

    /// The group and its ancestors, upwards to the root. Empty for an unknown group.
    pub fn lineage(&self, group: &GroupId) -> impl Iterator<Item = &Group> {
        let parent = |group: &&Group| group.parent().and_then(|parent| self.group(parent));
        std::iter::successors(self.group(group), parent)
    }

    /// The group and everything below it, in no order. Empty for an unknown group.
    pub fn subtree(&self, group: &GroupId) -> impl Iterator<Item = &Group> {
        let mut waiting: Vec<&Group> = self.group(group).into_iter().collect();
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.children.values().filter_map(|child| self.group(child)));
            Some(next)
        })
    }
}

impl Group {
    fn new(way: Arc<Way>, description: Description) -> Group {
        Group {
            way,
            description,
            children: BTreeMap::new(),
            members: BTreeMap::new(),
            delegates: BTreeSet::new(),
            certs: BTreeMap::new(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &GroupId {
        self.way.id()
    }

    /// Where it hangs; `None` for a root.
    #[must_use]
    pub fn parent(&self) -> Option<&GroupId> {
        self.way.above().map(Way::id)
    }

    /// What people call it.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Steps from the root, which has 0.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.way.depth()
    }

    /// The child with this description.
    #[must_use]
    pub fn child(&self, description: &Description) -> Option<&GroupId> {
        self.children.get(description)
    }

    /// Its direct children, ordered by description.
    pub fn children(&self) -> impl ExactSizeIterator<Item = &GroupId> {
        self.children.values()
    }

    /// The users with a role in this very group, in order.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&User, Role)> {
        self.members.iter().map(|(user, role)| (user, *role))
    }

    /// The role of a user in this very group.
    #[must_use]
    pub fn role_of(&self, user: &User) -> Option<Role> {
        self.members.get(user).copied()
    }

    /// Whom this very group lists, in order.
    pub fn delegates(&self) -> impl ExactSizeIterator<Item = &Delegate> {
        self.delegates.iter()
    }

    /// Whether this very group lists it.
    #[must_use]
    pub fn lists(&self, delegate: &Delegate) -> bool {
        self.delegates.contains(delegate)
    }

    /// Its certificates, ordered by id.
    pub fn certs(&self) -> impl ExactSizeIterator<Item = &DomainCert> {
        self.certs.values()
    }
}
