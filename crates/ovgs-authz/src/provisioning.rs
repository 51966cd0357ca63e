//! The vendor's own side, which has principals instead of roles.

use ovgs_domain::{Author, Org, Username};

use crate::{Action, Grant};

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
    RetireComponent,
    TransferComponent,
}

/// Somebody who acts for the vendor.
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

    /// Decides about a task. At the command line everything is allowed; the seam is for principals that may do less.
    pub fn mandate(&self, task: Task) -> Mandate {
        Mandate { task, author: self.author.clone() }
    }
}

/// Proof that a task of the vendor's was allowed, for everything that no role governs.
#[derive(Debug)]
#[must_use = "a mandate that is not used is a task not done"]
pub struct Mandate {
    task: Task,
    author: Author,
}

impl Mandate {
    /// Which task.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// Who is allowed.
    #[must_use]
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The grant for one step of a tree that the task takes.
    pub fn grant(&self, org: &Org) -> Grant {
        Grant::new(Action::Provision(self.task), org, self.author.clone())
    }
}
