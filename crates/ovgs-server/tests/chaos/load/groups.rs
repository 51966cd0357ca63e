//! CreateGroup, DeleteGroup, GetGroup: a tree that grows and shrinks.

use std::collections::{BTreeMap, BTreeSet};

use ovgs_proto::v1 as pb;
use rand::{Rng, seq::IteratorRandom};
use tonic::Code;

use super::make_group;
use crate::{
    caller::{Caller, Settled},
    ledger::Thing,
    world::{Household, Staff},
};

/// As many groups are kept at most.
const MOST: usize = 12;

/// A group of the tree.
struct Branch {
    parent: String,
    description: String,
}

struct Gardener {
    admin: Caller,
    requestor: Caller,
    root: String,
    branches: BTreeMap<String, Branch>,
    made: u64,
    /// How many children of the root may or may not be there.
    forgotten: usize,
}

pub(super) fn run(household: &Household) -> impl Future<Output = Option<()>> + Send + use<> {
    let org = household.org.clone();
    let mut admin = household.caller(Staff::Admin, "groups");
    let requestor = household.caller(Staff::Requestor, "groups");
    async move {
        let root = make_group(&mut admin, &org, "groups").await?;
        let mut gardener =
            Gardener { admin, requestor, root, branches: BTreeMap::new(), made: 0, forgotten: 0 };
        while !gardener.admin.stage.is_over() {
            match gardener.admin.rng.random_range(0..10) {
                0..4 if gardener.branches.len() < MOST => gardener.plant().await?,
                0..6 => gardener.prune().await?,
                6..8 => gardener.look().await?,
                8 => gardener.sow().await?,
                _ => gardener.try_in_vain().await?,
            }
        }
        Some(())
    }
}

impl Gardener {
    /// Any group of the tree, its root included.
    fn any(&mut self) -> String {
        let all = self.branches.keys().chain([&self.root]);
        all.choose(&mut self.admin.rng).unwrap_or(&self.root).clone()
    }

    fn children(&self, of: &str) -> BTreeSet<&str> {
        let children = self.branches.iter().filter(|(_, branch)| branch.parent == of);
        children.map(|(id, _)| id.as_str()).collect()
    }

    async fn plant(&mut self) -> Option<()> {
        self.made += 1;
        let (parent, description) = (self.any(), format!("group {}", self.made));
        let id = make_group(&mut self.admin, &parent, &description).await?;
        self.branches.insert(id, Branch { parent, description });
        Some(())
    }

    /// Makes a group, and never asks again if there is no answer.
    async fn sow(&mut self) -> Option<()> {
        self.made += 1;
        let (parent, description) = (self.root.clone(), format!("group {}", self.made));
        let thing = Thing::Group { parent: parent.clone(), description: description.clone() };
        let request = pb::CreateGroupRequest { parent: parent.clone(), description: description.clone() };
        match self.admin.once(request).await? {
            Err(evidence) => {
                self.forgotten += 1;
                self.admin.stage.ledger.abandoned(thing, evidence);
            }
            Ok(Settled { result: Ok(made), evidence, .. }) => {
                self.admin.stage.tally.write();
                self.admin.stage.ledger.answered(thing, Some(made.group_id.clone()), evidence);
                self.branches.insert(made.group_id, Branch { parent, description });
            }
            Ok(Settled { result: Err(status), evidence, .. }) => {
                return self.admin.violation(&evidence, &format!("a group was due, not {status:?}"));
            }
        }
        Some(())
    }

    /// Deletes a leaf; a group with children is refused.
    async fn prune(&mut self) -> Option<()> {
        let group_id = self.any();
        if group_id == self.root {
            return Some(());
        }
        let request = pb::DeleteGroupRequest { group_id: group_id.clone() };
        if !self.children(&group_id).is_empty() {
            self.admin.refused(request, Code::FailedPrecondition).await?;
            return Some(());
        }
        let Branch { parent, description } = self.branches.remove(&group_id)?;
        let thing = Thing::Group { parent, description };
        self.admin.set(request, Code::NotFound, thing, None).await?;
        self.admin.refused(pb::GetGroupRequest { group_id }, Code::NotFound).await?;
        Some(())
    }

    /// Everything that was answered is shown, and nothing else.
    async fn look(&mut self) -> Option<()> {
        let group_id = self.any();
        let settled = self.admin.settle(pb::GetGroupRequest { group_id: group_id.clone() }).await?;
        let Ok(shown) = settled.result else {
            let what = format!("group `{group_id}` is lost: {:?}", settled.result.err());
            return self.admin.violation(&settled.evidence, &what);
        };
        let children: BTreeSet<&str> = shown.child_group_ids.iter().map(String::as_str).collect();
        let expected = self.children(&group_id);
        let more = if group_id == self.root { self.forgotten } else { 0 };
        if !children.is_superset(&expected) || children.len() > expected.len() + more {
            let what = format!("`{group_id}` has the children {children:?}, not {expected:?}");
            return self.admin.violation(&settled.evidence, &what);
        }
        Some(())
    }

    /// What exists is not made twice, and who only may look makes nothing.
    async fn try_in_vain(&mut self) -> Option<()> {
        let parent = self.any();
        let request = pb::CreateGroupRequest { parent, description: "in vain".into() };
        self.requestor.refused(request, Code::PermissionDenied).await?;
        let (id, branch) = self.branches.iter().choose(&mut self.admin.rng).unzip();
        let (Some(id), Some(Branch { parent, description })) = (id, branch) else { return Some(()) };
        let request = pb::CreateGroupRequest { parent: parent.clone(), description: description.clone() };
        let status = self.admin.refused(request, Code::AlreadyExists).await?;
        if super::existing(&status, "group_id").as_ref() != Some(id) {
            self.admin.stage.ledger.violation(format!("`{description}` is `{id}`, but is said: {status:?}"));
        }
        Some(())
    }
}
