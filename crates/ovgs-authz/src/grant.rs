//! The proof of a decision.

use ovgs_domain::{Author, Org, OrgId, Revision};

use crate::{Mandate, Operation, Task};

/// What was decided about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A call of the service.
    Call(Operation),
    /// A task of the vendor.
    Provision(Task),
}

/// Proof that one action on one organization at one revision was allowed to one author.
///
/// Neither `Clone` nor constructible elsewhere: one decision, one write. A store's `commit` takes organization,
/// expected revision and author from here, so there is nothing left to mix up.
///
/// ```compile_fail,E0451
/// use ovgs_authz::{Action, Grant, Operation};
/// fn forge(org: &ovgs_domain::Org, author: ovgs_domain::Author) -> Grant {
///     let (org, revision) = (org.id().clone(), org.revision());
///     Grant { action: Action::Call(Operation::CreateGroup), org, revision, author }
/// }
/// ```
///
/// What can be done instead is to ask:
///
/// ```
/// use ovgs_authz::{Denied, Grant, Policy, Request, Spot};
/// fn ask(org: &ovgs_domain::Org, caller: &ovgs_domain::User) -> Result<Grant, Denied> {
///     Policy::default().decide(caller, &Request::CreateGroup { parent: Spot { org, group: org.root() } })
/// }
/// ```
#[derive(Debug)]
#[must_use = "a grant that is not used is a write that is not made"]
pub struct Grant {
    action: Action,
    org: OrgId,
    revision: Revision,
    author: Author,
}

impl Grant {
    pub(crate) fn new(action: Action, org: &Org, author: Author) -> Grant {
        Grant { action, org: org.id().clone(), revision: org.revision(), author }
    }

    /// What was decided about.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// The organization decided upon.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.org
    }

    /// The revision decided upon, which a commit expects.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Who is allowed.
    #[must_use]
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The same as a mandate, for the accounts of the organization, which are in no tree. `None` if the decision was
    /// about something else.
    #[must_use]
    pub fn into_account_mandate(self) -> Option<Mandate> {
        match self.action {
            Action::Call(
                Operation::RegisterUser
                | Operation::RemoveUser
                | Operation::IssueToken
                | Operation::RevokeToken,
            ) => Some(Mandate::new(self.action, self.author)),
            Action::Call(_) | Action::Provision(_) => None,
        }
    }
}
