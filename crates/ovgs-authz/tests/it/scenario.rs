//! The scene of the policy matrix. The head of `policy-matrix.txt` says the same in words; whoever tries the cells
//! elsewhere, as the server's tests do through gRPC, builds this.
//!
//! ```text
//! org-acmeco:  R            the root group, `org-acmeco`
//!              └── P
//!                  ├── G    the group acted on
//!                  │   └── D
//!                  └── S
//! ```
//!
//! There are also the organizations `org-partner`, `org-other` and `org-vendor`, the only support organization, with
//! their root groups. G is delegated to `org-partner` and `org-vendor`. `member` of `org-acmeco` and `member` of
//! `org-partner` hold REQUESTOR in G; the caller holds one role or none, and nobody else holds any.
//!
//! What a call acts on stands in the column `on`, see [`Row::on`].

use ovgs_authz::Operation;
use ovgs_domain::{Delegate, GroupId, Role, User};

use crate::world::{Call, World, group_id, org_id, user};

/// Where the caller stands to the group acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// A user of `org-acmeco` with its role in G.
    SameGroup,
    /// A user of `org-acmeco` with its role in R; with SUPPORT, a user of `org-vendor`.
    Ancestor,
    /// A user of `org-acmeco` with its role in D.
    Descendant,
    /// A user of `org-acmeco` with its role in S.
    Sibling,
    /// A user of `org-partner` with its role in G.
    Delegated,
    /// A user of `org-other` with its role in the root group of `org-other`; with SUPPORT, of `org-vendor` likewise.
    Foreign,
}

impl Relation {
    pub(crate) const ALL: [Relation; 6] = [
        Relation::SameGroup,
        Relation::Ancestor,
        Relation::Descendant,
        Relation::Sibling,
        Relation::Delegated,
        Relation::Foreign,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Relation::SameGroup => "same-group",
            Relation::Ancestor => "ancestor",
            Relation::Descendant => "descendant",
            Relation::Sibling => "sibling",
            Relation::Delegated => "delegated",
            Relation::Foreign => "foreign",
        }
    }
}

/// What the caller holds, in the order of a cell's letters.
pub(crate) const HELD: [(char, Option<Role>); 5] = [
    ('N', None),
    ('R', Some(Role::Requestor)),
    ('A', Some(Role::Assigner)),
    ('M', Some(Role::Admin)),
    ('S', Some(Role::Support)),
];

/// One row: a call and what it acts on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    /// One letter: the group, or the group of the component or certificate. `G<D`: a component of D (or of R alone)
    /// moves into G. `G+D`: a component of G, a certificate of D.
    pub(crate) on: &'static str,
}

impl Row {
    const fn new(operation: Operation, on: &'static str) -> Row {
        Row { operation, on }
    }
}

/// All rows, in the order of the proto files.
pub(crate) const ROWS: &[Row] = &[
    Row::new(Operation::GetComponents, "G"),
    Row::new(Operation::CreateGroup, "G"),
    Row::new(Operation::DeleteGroup, "G"),
    Row::new(Operation::GetGroup, "G"),
    Row::new(Operation::AddGroupDelegatedOrg, "G"),
    Row::new(Operation::RemoveGroupDelegatedOrg, "G"),
    Row::new(Operation::AddUserRole, "G"),
    Row::new(Operation::RemoveUserRole, "G"),
    Row::new(Operation::GetUserRole, "G"),
    Row::new(Operation::AddSerial, "G<D"),
    Row::new(Operation::AddSerial, "G<R"),
    Row::new(Operation::RemoveSerial, "G"),
    Row::new(Operation::GetSerial, "G"),
    Row::new(Operation::GetSerials, "G"),
    Row::new(Operation::CreateDomainCert, "G"),
    Row::new(Operation::DeleteDomainCert, "G"),
    Row::new(Operation::GetDomainCert, "G"),
    Row::new(Operation::GetOwnershipVoucher, "G+G"),
    Row::new(Operation::GetOwnershipVoucher, "G+D"),
    Row::new(Operation::GetOwnershipVoucher, "D+G"),
    Row::new(Operation::GetOwnershipVouchers, "G+G"),
    Row::new(Operation::GetOwnershipVouchers, "G+D"),
    Row::new(Operation::GetOwnershipVouchers, "D+G"),
    Row::new(Operation::RegisterUser, "R"),
    Row::new(Operation::RemoveUser, "R"),
    Row::new(Operation::ListUsers, "R"),
    Row::new(Operation::IssueToken, "R"),
    Row::new(Operation::ListTokens, "R"),
    Row::new(Operation::RevokeToken, "R"),
];

/// The world with the caller in its place, and the caller; `None` where no such caller can be, because SUPPORT is held
/// in root groups only.
pub(crate) fn scene(relation: Relation, held: Option<Role>) -> Option<(World, User)> {
    let supports = held == Some(Role::Support);
    let home = match relation {
        _ if supports => "org-vendor",
        Relation::Delegated => "org-partner",
        Relation::Foreign => "org-other",
        _ => "org-acmeco",
    };
    let at = match relation {
        Relation::SameGroup | Relation::Delegated => "G",
        Relation::Ancestor => "R",
        Relation::Descendant => "D",
        Relation::Sibling => "S",
        Relation::Foreign => home,
    };
    if supports && !matches!(relation, Relation::Ancestor | Relation::Foreign) {
        return None;
    }
    let (mut world, caller) = (stage(), user(home, "caller"));
    world.roles.extend(held.map(|role| (place(at), caller.clone(), role)));
    Some((world, caller))
}

/// The world without the caller.
fn stage() -> World {
    let acmeco = [("R", None), ("P", Some("R")), ("G", Some("P")), ("D", Some("G")), ("S", Some("P"))];
    let hung = acmeco.map(|(at, parent)| (org_id("org-acmeco"), place(at), parent.map(place)));
    let roots = ["org-partner", "org-other", "org-vendor"].map(|org| (org_id(org), org_id(org).root(), None));
    World {
        support_orgs: [org_id("org-vendor")].into(),
        groups: hung.into_iter().chain(roots).collect(),
        roles: ["org-acmeco", "org-partner"]
            .map(|org| (place("G"), user(org, "member"), Role::Requestor))
            .into(),
        delegations: ["org-partner", "org-vendor"].map(|org| (place("G"), Delegate::Org(org_id(org)))).into(),
    }
}

/// The call of a row. Where it names a user, that is one of `org-partner` for the delegated caller and one of
/// `org-acmeco` for all others.
pub(crate) fn call(row: Row, relation: Relation) -> Call {
    let named = if relation == Relation::Delegated { "org-partner" } else { "org-acmeco" };
    let name = if row.operation == Operation::AddUserRole { "newcomer" } else { "member" };
    let mut on = row.on.split(['<', '+']).map(place);
    let group = on.next().unwrap();
    Call {
        operation: row.operation,
        second: on.next().unwrap_or_else(|| group.clone()),
        group,
        user: user(named, name),
        role: Role::Requestor,
    }
}

/// The group that a letter means; any other text is a group's id.
fn place(letter: &str) -> GroupId {
    match letter {
        "R" => org_id("org-acmeco").root(),
        "P" | "G" | "D" | "S" => group_id(&format!("group-{}", letter.to_ascii_lowercase())),
        id => group_id(id),
    }
}
