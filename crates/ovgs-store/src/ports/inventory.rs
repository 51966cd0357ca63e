use std::fmt;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use ovgs_domain::{Component, ComponentId, Facts, GroupId, Ien, OrgId, SerialNumber, commands::Namesake};

use super::{Stamp, listing};
use crate::StoreError;

/// Where components are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// Whose.
    pub org: OrgId,
    /// In which group directly; `None` for the root group, in which all of the organization's are.
    pub group: Option<GroupId>,
}

/// How many components are somewhere, and how long their ids are, so that the size of an answer is known before it
/// is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Components.
    pub components: u64,
    /// Octets of all IENs, in decimal, and serial numbers together.
    pub id_octets: u64,
}

/// A component to be moved within its organization, as a compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Which.
    pub component: ComponentId,
    /// Whose it is.
    pub org: OrgId,
    /// Where it is now; `None`: in the root alone.
    pub from: Option<GroupId>,
    /// Where it shall be; `None`: in the root alone.
    pub to: Option<GroupId>,
}

/// New facts for a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// Which.
    pub component: ComponentId,
    /// Whose it is.
    pub org: OrgId,
    /// All of its facts as they shall be.
    pub facts: Facts,
}

/// Components: their facts, owners and placements.
#[async_trait]
pub trait Inventory: fmt::Debug + Send + Sync + 'static {
    /// Components by id, in the order asked, `None` for each unknown one; duplicates are answered twice.
    async fn components(&self, ids: &[ComponentId]) -> Result<Vec<Option<Component>>, StoreError>;

    /// All components with one of these serial numbers, each once, whatever their manufacturer and owner.
    async fn namesakes(&self, serials: &[SerialNumber]) -> Result<Vec<Namesake>, StoreError>;

    /// The components somewhere, in order of their ids, from the first one after `after`, at most `limit`. A page
    /// shorter than `limit` is the last one. While rows come and go, no page skips or repeats one that stays.
    async fn components_in(
        &self,
        within: &Within,
        after: Option<&ComponentId>,
        limit: usize,
    ) -> Result<Vec<Component>, StoreError>;

    /// All components somewhere, in order of their ids, from the first one after `after`, in portions of up to 2000, less of
    /// large ones; none is empty. It promises what pages of [`Self::components_in`] do. While it lasts it may keep a
    /// connection: whoever takes what it brings slowly drops it, and lists on from the last component later.
    ///
    /// Provided by pages; a database that sends rows as it finds them is faster with those.
    fn listing<'a>(
        &'a self,
        within: &'a Within,
        after: Option<ComponentId>,
    ) -> BoxStream<'a, Result<Vec<Component>, StoreError>> {
        listing::in_pages(self, within, after)
    }

    /// Counts the components somewhere, stopping at `limit` of them.
    async fn tally(&self, within: &Within, limit: u64) -> Result<Tally, StoreError>;

    /// Moves one component, if it is still its organization's and where it was.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not, or if the group it shall be in is not, or no longer, one of the
    /// organization's groups below the root.
    async fn place(&self, placement: &Placement, stamp: &Stamp) -> Result<(), StoreError>;

    /// Enters new components and corrects known ones, all or nothing. New ones are entered in their root alone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if a new one is known, one to correct is not its organization's, or an organization
    /// is unknown.
    async fn ingest(
        &self,
        new: &[Component],
        corrections: &[Correction],
        stamp: &Stamp,
    ) -> Result<(), StoreError>;

    /// Takes a component out of its organization; the journal keeps its history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not that organization's.
    async fn retire(&self, component: &ComponentId, org: &OrgId, stamp: &Stamp) -> Result<(), StoreError>;

    /// Moves a component into the root of another organization.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not `from`'s, or `to` is unknown.
    async fn transfer(
        &self,
        component: &ComponentId,
        from: &OrgId,
        to: &OrgId,
        stamp: &Stamp,
    ) -> Result<(), StoreError>;

    /// The manufacturers of which there are components, in order.
    async fn iens(&self) -> Result<Vec<Ien>, StoreError>;

    /// Tells the store that many components came or went, so that it can look again at what its plans of reading rest on.
    /// A store without such plans has nothing to do.
    async fn refresh_statistics(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
