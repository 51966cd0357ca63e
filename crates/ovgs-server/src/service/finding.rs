//! Finding what is acted on, and committing what was decided: the steps that use cases share.

use std::{future::Future, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use ovgs_authz::{Grant, Spot};
use ovgs_domain::{
    CertId, Change, Component, ComponentId, DomainCert, GroupId, Org, OrgId, Revision, User,
    commands::Namesake,
};
use ovgs_store::Located;

use super::{NotFound, Service, ServiceError, trees::Turn};
use crate::authn::Caller;

/// A component, with its owner's tree.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) component: Component,
    pub(super) holder: GroupId,
    pub(super) org: Arc<Org>,
    pub(super) namesakes: Vec<Namesake>,
}

impl Found {
    /// The lowest group the component is in.
    pub(super) fn holder(&self) -> Spot<'_> {
        Spot { org: &self.org, group: &self.holder }
    }
}

/// A certificate, with its owner's tree.
#[derive(Debug)]
pub(super) struct FoundCert {
    pub(super) cert: DomainCert,
    pub(super) group: GroupId,
    pub(super) org: Arc<Org>,
}

impl FoundCert {
    /// The group the certificate is in.
    pub(super) fn spot(&self) -> Spot<'_> {
        Spot { org: &self.org, group: &self.group }
    }
}

/// Whoever wrote the store: an answer about another component must not become a voucher for it.
fn fits(ids: &[ComponentId], located: &[Option<Located>]) -> Result<(), ServiceError> {
    let same = |(id, located): (&ComponentId, &Option<Located>)| {
        located.as_ref().is_none_or(|located| located.component.id == *id)
    };
    match ids.len() == located.len() && ids.iter().zip(located).all(same) {
        true => Ok(()),
        false => {
            Err(ServiceError::internal("the store answered about other components than it was asked for"))
        }
    }
}

impl Service {
    /// The tree a group stands in.
    pub(super) async fn find_group(
        &self,
        caller: &Caller,
        group: &GroupId,
    ) -> Result<Arc<Org>, ServiceError> {
        let missing = || NotFound::Group(group.clone());
        let (id, revision) = self.guarded.org_of_group(group).await?.ok_or_else(missing)?;
        let org = self.tree(caller, &id, revision).await?;
        Ok(org.filter(|org| org.group(group).is_some()).ok_or_else(missing)?)
    }

    /// The same, for a task that is to change the tree and therefore waits for its turn.
    pub(super) async fn turn_at_group(
        &self,
        caller: &Caller,
        group: &GroupId,
    ) -> Result<Turn<'_>, ServiceError> {
        let missing = || NotFound::Group(group.clone());
        let (id, revision) = self.guarded.org_of_group(group).await?.ok_or_else(missing)?;
        let turn = self.trees.turn(&id, revision).await?;
        let turn = turn.filter(|turn| turn.org.group(group).is_some() && !self.conceals(caller, &turn.org));
        Ok(turn.ok_or_else(missing)?)
    }

    /// Components in the order asked, `None` for each that does not exist, for this caller at least.
    pub(super) async fn find_components(
        &self,
        caller: &Caller,
        ids: &[ComponentId],
    ) -> Result<Vec<Option<Found>>, ServiceError> {
        let mut found = Vec::with_capacity(ids.len());
        let located = self.guarded.locate(ids).await?;
        fits(ids, &located)?;
        for located in located {
            found.push(match located {
                Some(located) => self.with_tree(caller, located).await?,
                None => None,
            });
        }
        Ok(found)
    }

    /// One component.
    pub(super) async fn find_component(
        &self,
        caller: &Caller,
        id: &ComponentId,
    ) -> Result<Found, ServiceError> {
        let found = self.find_components(caller, std::slice::from_ref(id)).await?.pop().flatten();
        Ok(found.ok_or_else(|| NotFound::Component(id.clone()))?)
    }

    /// A certificate.
    pub(super) async fn find_cert(&self, caller: &Caller, id: &CertId) -> Result<FoundCert, ServiceError> {
        let missing = || NotFound::Cert(id.clone());
        let (org, revision) = self.guarded.org_of_cert(id).await?.ok_or_else(missing)?;
        let org = self.tree(caller, &org, revision).await?.ok_or_else(missing)?;
        self.cert_in(org, id)
    }

    /// A certificate, looked for in a tree that is at hand before the store is asked.
    pub(super) async fn find_cert_near(
        &self,
        caller: &Caller,
        id: &CertId,
        near: &Arc<Org>,
    ) -> Result<FoundCert, ServiceError> {
        match near.cert(id) {
            Some(_) => self.cert_in(near.clone(), id),
            None => self.find_cert(caller, id).await,
        }
    }

    /// Commits one step of a tree whose turn it is.
    pub(super) async fn commit(
        &self,
        turn: &Turn<'_>,
        grant: Grant,
        change: &Change,
    ) -> Result<(), ServiceError> {
        self.guarded.commit(grant, change).await?;
        self.trees.advance(&turn.org, change);
        Ok(())
    }

    /// Does it again while others write first, for a while.
    pub(super) async fn until_uncontended<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, ServiceError>
    where
        F: Future<Output = Result<T, ServiceError>>,
    {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(2))
            .with_max_delay(Duration::from_millis(200))
            .with_max_times(12)
            .with_jitter();
        attempt.retry(pauses).when(|error| matches!(error, ServiceError::Contended)).await
    }

    /// Whether an organization is there.
    pub(super) async fn org_exists(&self, id: &OrgId) -> Result<(), ServiceError> {
        match self.guarded.revision(id).await? {
            Some(_) => Ok(()),
            None => Err(NotFound::Org(id.clone()).into()),
        }
    }

    /// Whether a role may be given to a user: its organization is there and, with `users.strict`, it is registered.
    pub(super) async fn user_exists(&self, user: &User) -> Result<(), ServiceError> {
        self.org_exists(&user.org).await?;
        if self.strict_users && !self.guarded.is_registered(user).await? {
            return Err(NotFound::User(user.clone()).into());
        }
        Ok(())
    }

    /// The tree at a revision, unless it is concealed from the caller.
    pub(super) async fn tree(
        &self,
        caller: &Caller,
        id: &OrgId,
        revision: Revision,
    ) -> Result<Option<Arc<Org>>, ServiceError> {
        let org = self.trees.at(id, revision).await?;
        Ok(org.filter(|org| !self.conceals(caller, org)))
    }

    fn conceals(&self, caller: &Caller, org: &Org) -> bool {
        self.conceal_foreign && self.policy.view(caller.user(), org).is_foreign()
    }

    async fn with_tree(&self, caller: &Caller, located: Located) -> Result<Option<Found>, ServiceError> {
        let Located { mut component, revision, namesakes } = located;
        let Some(org) = self.tree(caller, &component.org, revision).await? else { return Ok(None) };
        // A placement in a group that no longer exists counts as none.
        component.group = component.group.filter(|group| org.group(group).is_some());
        Ok(Some(Found { holder: component.holder(), component, org, namesakes }))
    }

    fn cert_in(&self, org: Arc<Org>, id: &CertId) -> Result<FoundCert, ServiceError> {
        let found = org.cert(id).map(|(group, cert)| (group.id().clone(), cert.clone()));
        let (group, cert) = found.ok_or_else(|| NotFound::Cert(id.clone()))?;
        Ok(FoundCert { cert, group, org })
    }
}
