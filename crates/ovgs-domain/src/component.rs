//! A component: identity, facts, owner and placement.

use crate::{ComponentId, Facts, GroupId, OrgId};

/// A part that a manufacturer sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Which.
    pub id: ComponentId,
    /// Whose.
    pub org: OrgId,
    /// The one group besides the root that it is in. Never the root itself.
    pub group: Option<GroupId>,
    /// What the manufacturer knows of it.
    pub facts: Facts,
}

impl Component {
    /// The lowest group it is in: its group, else the root. Whoever has a role in any group it is in has it here.
    #[must_use]
    pub fn holder(&self) -> GroupId {
        self.group.clone().unwrap_or_else(|| self.org.root())
    }

    /// The groups it is in: its own first, then the root.
    #[must_use]
    pub fn group_ids(&self) -> Vec<GroupId> {
        self.group.clone().into_iter().chain([self.org.root()]).collect()
    }
}
