//! What the tests draw from: names, certificates, and steps that an organization may take.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{
    CertId, Change, Delegate, Description, DomainCert, DomainCertificate, GroupId, GroupRecord, NEVER, OrgId,
    OrgRecords, Revision, Role, User, UserType, Username,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use rcgen::{CertificateParams, KeyPair};

use crate::reference::Naive;

/// One command with its input.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    CreateGroup {
        parent: GroupId,
        id: GroupId,
        description: Description,
    },
    DeleteGroup {
        group: GroupId,
        components: u64,
    },
    Delegate {
        group: GroupId,
        delegate: Delegate,
    },
    Undelegate {
        group: GroupId,
        delegate: Delegate,
    },
    AddRole {
        group: GroupId,
        user: User,
        role: Role,
        in_support: bool,
    },
    RemoveRole {
        group: GroupId,
        user: User,
    },
    CreateCert {
        group: GroupId,
        id: CertId,
        certificate: DomainCertificate,
        revocation_checks: bool,
        expiry_time: DateTime<Utc>,
    },
    DeleteCert {
        group: GroupId,
        cert: CertId,
    },
}

/// Numbers from which a step or a change is made, once it is known what there is to speak of.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    kind: usize,
    group: Index,
    other: Index,
    third: Index,
    flag: bool,
}

pub(crate) fn draws(most: usize) -> impl Strategy<Value = Vec<Draw>> {
    let draw = (0..8_usize, any::<Index>(), any::<Index>(), any::<Index>(), any::<bool>());
    vec(draw.prop_map(|(kind, group, other, third, flag)| Draw { kind, group, other, third, flag }), 0..most)
}

/// An organization after some random steps, as the reference takes them.
pub(crate) fn an_organization(most: usize) -> impl Strategy<Value = Naive> {
    draws(most).prop_map(|draws| {
        let mut naive = seedling();
        for (number, draw) in draws.iter().enumerate() {
            let step = draw.step(&naive, number);
            if let Some(Ok(change)) = step.map(|step| naive.decide(&step)) {
                naive.apply(&change);
            }
        }
        naive
    })
}

/// A root group and nothing else.
pub(crate) fn seedling() -> Naive {
    let id = OrgId::parse("org-acmeco").unwrap();
    let root = GroupRecord { id: id.root(), parent: None, description: Description::parse("Acme").unwrap() };
    let (members, delegations, certs) = (Vec::new(), Vec::new(), Vec::new());
    Naive(OrgRecords { id, revision: Revision(0), groups: vec![root], members, delegations, certs })
}

impl Draw {
    /// The step that is meant, number so-and-so, for an organization like this; `None` if there is nothing to take it on.
    pub(crate) fn step(&self, naive: &Naive, number: usize) -> Option<Step> {
        let group = self.group.get(&naive.0.groups).id.clone();
        let (user, delegate) = (self.other.get(&users()).clone(), self.other.get(&delegates()).clone());
        Some(match self.kind {
            0 => Step::CreateGroup { parent: group, id: group_id(number), description: self.description() },
            1 => Step::DeleteGroup { group, components: u64::from(self.other.index(8) == 0) },
            2 => Step::Delegate { group, delegate },
            3 => Step::Undelegate { group, delegate },
            4 => Step::AddRole { group, user, role: *self.third.get(&Role::ALL), in_support: self.flag },
            5 => Step::RemoveRole { group, user },
            6 => Step::CreateCert {
                group,
                id: cert_id(number),
                certificate: self.other.get(&*CERTIFICATES).clone(),
                revocation_checks: self.flag,
                expiry_time: *self.third.get(&expiry_times()),
            },
            _ => {
                let certs = &naive.0.certs;
                let (group, cert) = certs.get(self.other.index(certs.len().max(1)))?;
                Step::DeleteCert { group: group.clone(), cert: cert.id.clone() }
            }
        })
    }

    /// A change that may fit an organization like this or not: it may speak of what is not there.
    pub(crate) fn change(&self, naive: &Naive) -> Change {
        let known = naive.0.groups.iter().map(|record| record.id.clone());
        let groups: Vec<GroupId> = known.chain([group_id(990), group_id(991)]).collect();
        let group = self.group.get(&groups).clone();
        let (user, delegate) = (self.other.get(&users()).clone(), self.other.get(&delegates()).clone());
        let known = naive.0.certs.iter().map(|(_, cert)| cert.id.clone());
        let cert = self.other.get(&known.chain([cert_id(990), cert_id(991)]).collect::<Vec<_>>()).clone();
        match self.kind {
            0 => {
                let parent = self.other.get(&groups).clone();
                Change::GroupCreated { group, parent, description: self.description() }
            }
            1 => Change::GroupDeleted { group },
            2 => Change::DelegationAdded { group, delegate },
            3 => Change::DelegationRemoved { group, delegate },
            4 => Change::RoleAdded { group, user, role: *self.third.get(&Role::ALL) },
            5 => Change::RoleRemoved { group, user },
            6 => {
                let certificate = self.third.get(&*CERTIFICATES);
                Change::DomainCertCreated {
                    group,
                    cert: self.cert(cert, certificate),
                    der: certificate.der().clone(),
                }
            }
            _ => Change::DomainCertDeleted { group, cert },
        }
    }

    fn cert(&self, id: CertId, certificate: &DomainCertificate) -> DomainCert {
        DomainCert {
            id,
            fingerprint: certificate.fingerprint(),
            revocation_checks: self.flag,
            expiry_time: NEVER,
            not_after: certificate.not_after(),
        }
    }

    fn description(&self) -> Description {
        let known = ["Berlin", "Oslo", "berlin"].map(|text| Description::parse(text).unwrap());
        self.third.get(&known).clone()
    }
}

/// Users of the owner, of two others and of the vendor; two of them differ in their type alone.
pub(crate) fn users() -> Vec<User> {
    let user = |org, name, user_type| User {
        org: OrgId::parse(org).unwrap(),
        username: Username::parse(name).unwrap(),
        user_type,
    };
    vec![
        user("org-acmeco", "ann", UserType::User),
        user("org-acmeco", "ann", UserType::ServiceAccount),
        user("org-partner", "ann", UserType::User),
        user("org-partner", "bob", UserType::User),
        user("org-other", "ann", UserType::User),
        user("org-vendor", "vic", UserType::User),
    ]
}

/// Whom a group may list, and the owner, whom it may not.
pub(crate) fn delegates() -> Vec<Delegate> {
    ["*", "org-partner", "org-other", "org-acmeco"].map(|text| Delegate::parse(text).unwrap()).into()
}

/// Three times, the first two of them in one microsecond.
fn expiry_times() -> [DateTime<Utc>; 3] {
    let time = DateTime::from_timestamp(2_000_000_000, 5_000).unwrap();
    [time, time + TimeDelta::nanoseconds(999), time + TimeDelta::microseconds(1)]
}

fn group_id(number: usize) -> GroupId {
    GroupId::parse(&format!("group-{number}")).unwrap()
}

fn cert_id(number: usize) -> CertId {
    CertId::parse(&format!("cert-{number}")).unwrap()
}

/// Two good certificates.
static CERTIFICATES: LazyLock<[DomainCertificate; 2]> =
    LazyLock::new(|| [(); 2].map(|()| DomainCertificate::parse(&certificate(|_| {})).unwrap()));

/// A self-signed certificate with a P-256 key, in DER, with whatever is to be special about it.
pub(crate) fn certificate(special: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    special(&mut params);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}
