//! The way from a group up to its root.

use std::sync::Arc;

use super::Org;
use crate::GroupId;

/// A group's id, and the way on from its parent.
///
/// Groups never move, so a way is made together with its group, and all versions of the tree share it. Permissions are
/// decided along it: without it each step up would be a look-up among all groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    id: GroupId,
    above: Option<Arc<Way>>,
    depth: usize,
}

impl Way {
    /// That of a root.
    pub(super) fn root(id: GroupId) -> Arc<Way> {
        Arc::new(Way { id, above: None, depth: 0 })
    }

    /// That of a child; `None` below the greatest depth.
    pub(super) fn down(self: &Arc<Way>, id: GroupId) -> Option<Arc<Way>> {
        let depth = self.depth + 1;
        (depth <= Org::MAX_DEPTH).then(|| Arc::new(Way { id, above: Some(self.clone()), depth }))
    }

    pub(super) fn id(&self) -> &GroupId {
        &self.id
    }

    pub(super) fn above(&self) -> Option<&Way> {
        self.above.as_deref()
    }

    /// Steps to the root.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// This way and those on from each group above, upwards.
    pub(super) fn upwards(&self) -> impl Iterator<Item = &Way> {
        std::iter::successors(Some(self), |way| way.above())
    }
}
