//! The vendor's own side, which has principals instead of roles.

use std::collections::BTreeSet;

use ovgs_domain::{Author, Org, User, Username};

use crate::{Action, Denied, Grant};

/// A task of the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Task {
    CreateOrg,
    DeleteOrg,
    AddUser,
    RemoveUser,
    GrantRole,
    RevokeRole,
    IssueToken,
    RevokeToken,
    ImportComponents,
    CorrectComponent,
    RetireComponent,
    TransferComponent,
}

/// The callers who act for the vendor, as the configuration names them (`provisioning.principals`).
///
/// ```
/// use ovgs_authz::{Denied, Principals};
/// use ovgs_domain::{OrgId, User, UserType, Username};
///
/// let account = |name| -> Result<User, ovgs_domain::Invalid> {
///     let (org, username) = (OrgId::parse("org-vendor")?, Username::parse(name)?);
///     Ok(User { org, username, user_type: UserType::ServiceAccount })
/// };
/// let principals = Principals::new([account("erp")?]);
/// assert!(principals.decide(&account("erp")?).is_ok());
/// assert_eq!(principals.decide(&account("else")?), Err(Denied::NotPrincipal));
/// # Ok::<(), ovgs_domain::Invalid>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principals(BTreeSet<User>);

impl Principals {
    /// Those named, and nobody else.
    #[must_use]
    pub fn new(named: impl IntoIterator<Item = User>) -> Principals {
        Principals(named.into_iter().collect())
    }

    /// Whether a user is one of them.
    #[must_use]
    pub fn contains(&self, user: &User) -> bool {
        self.0.contains(user)
    }

    /// Decides whether a caller may provision. Its roles do not matter.
    ///
    /// # Errors
    /// [`Denied::NotPrincipal`] for everybody who is not named.
    pub fn decide(&self, caller: &User) -> Result<Provisioner, Denied> {
        match self.contains(caller) {
            true => Ok(Provisioner { author: Author::User(caller.clone()) }),
            false => Err(Denied::NotPrincipal),
        }
    }
}

/// Somebody who acts for the vendor.
///
/// Only two ways lead to one: a seat at the command line, and [`Principals::decide`].
///
/// ```compile_fail,E0451
/// fn forge(author: ovgs_domain::Author) -> ovgs_authz::Provisioner {
///     ovgs_authz::Provisioner { author }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioner {
    author: Author,
}

impl Provisioner {
    /// Somebody at the command line, who holds the database in their hands anyway, by the name of their system account.
    #[must_use]
    pub fn cli(user: Username) -> Provisioner {
        Provisioner { author: Author::Cli(user) }
    }

    /// Decides about a task. Whoever may provision may do all of it; the seam is for principals that may do less.
    pub fn mandate(&self, task: Task) -> Mandate {
        Mandate::new(Action::Provision(task), self.author.clone())
    }
}

/// Proof that something was allowed which no tree governs: a task of the vendor's, or an ADMIN's call about accounts.
#[derive(Debug)]
#[must_use = "a mandate that is not used is a task not done"]
pub struct Mandate {
    action: Action,
    author: Author,
}

impl Mandate {
    pub(crate) fn new(action: Action, author: Author) -> Mandate {
        Mandate { action, author }
    }

    /// What was decided about.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Who is allowed.
    #[must_use]
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The grant for one step of a tree that goes with it, such as taking the roles of an account that is removed.
    pub fn grant(&self, org: &Org) -> Grant {
        Grant::new(self.action, org, self.author.clone())
    }
}
