//! Trees, with a fault.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use ovgs_domain::{CertId, Change, Delegate, Description, GroupId, Org, OrgId, OrgRecords, Revision, User};
use ovgs_store::{OrgSummary, Organizations, Stamp, StoreError};

use super::{Broken, Fault};

impl Broken {
    /// The revision to compare with, where a fault takes some for the present one.
    async fn compared(&self, org: &OrgId, expected: Revision) -> Result<Revision, StoreError> {
        let Some(present) = self.inner.revision(org).await? else { return Ok(expected) };
        let blind = match self.fault {
            Fault::TakesZeroForAny => expected == Revision(0),
            Fault::TakesLaterForPresent => expected > present,
            Fault::CommitsTooLate if expected == present => {
                self.dawdle().await;
                return Ok(self.inner.revision(org).await?.unwrap_or(expected));
            }
            _ => false,
        };
        Ok(if blind { present } else { expected })
    }
}

#[async_trait]
impl Organizations for Broken {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        let org = self.inner.org(id).await?;
        let (Fault::ReadsInTwoSteps, Some(org)) = (self.fault, &org) else { return Ok(org) };
        self.dawdle().await;
        let Some(revision) = self.inner.revision(id).await? else { return Ok(None) };
        let records = OrgRecords { revision, ..org.records() };
        Org::from_records(records).map(Some).map_err(|misfit| StoreError::corrupt("a tree", misfit))
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        if self.has(Fault::ListsAlone) && self.notes.listed.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("it is listing".into()));
        }
        self.inner.revision(id).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let mut changes = self.inner.changes_since(id, since).await?;
        match (self.fault, &mut changes) {
            (Fault::ForgetsRemovedRoles, Some(changes)) => {
                changes.retain(|change| !matches!(change, Change::RoleRemoved { .. }));
            }
            (Fault::KnowsEveryRevision, None) => {
                let to_come = self.inner.revision(id).await?.is_some_and(|present| since > present);
                return Ok(to_come.then(Vec::new));
            }
            _ => {}
        }
        Ok(changes)
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        let found = self.inner.org_of_group(id).await?;
        if found.is_none() && self.has(Fault::FoldsGroups) {
            let Ok(folded) = GroupId::parse(&id.as_str().to_lowercase()) else { return Ok(None) };
            return self.inner.org_of_group(&folded).await;
        }
        Ok(found)
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.inner.org_of_cert(id).await
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        let found = self.inner.orgs_of_member(user).await?;
        if !self.has(Fault::CountsRoles) {
            return Ok(found);
        }
        let mut each = Vec::new();
        for (org, revision) in found {
            let roles = self.inner.org(&org).await?.map_or(0, |tree| tree.assignments(user).count());
            each.extend(std::iter::repeat_n((org, revision), roles));
        }
        Ok(each)
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        let der = self.inner.certificate(id).await?;
        match self.fault {
            Fault::CutsCertificates => Ok(der.map(|der| der.iter().copied().take(1024).collect())),
            Fault::KeepsCertificates => Ok(der.or_else(|| self.notes.certificates().get(id).cloned())),
            _ => Ok(der),
        }
    }

    async fn commit(
        &self,
        org: &OrgId,
        expected: Revision,
        change: &Change,
        stamp: &Stamp,
    ) -> Result<(), StoreError> {
        let expected = self.compared(org, expected).await?;
        self.inner.commit(org, expected, change, stamp).await?;
        if let Change::DomainCertCreated { cert, der, .. } = change {
            self.notes.certificates().insert(cert.id.clone(), der.clone());
        }
        Ok(())
    }

    async fn create_org(
        &self,
        id: &OrgId,
        description: &Description,
        stamp: &Stamp,
    ) -> Result<bool, StoreError> {
        self.inner.create_org(id, description, stamp).await
    }

    async fn delete_org(&self, id: &OrgId, expected: Revision, stamp: &Stamp) -> Result<(), StoreError> {
        let present = self.inner.revision(id).await?.filter(|_| self.has(Fault::DeletesBlindly));
        self.inner.delete_org(id, present.unwrap_or(expected), stamp).await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        let mut page = self.inner.orgs(after, limit).await?;
        if let (Fault::RepeatsOrganizations, Some(after), false) = (self.fault, after, page.is_empty()) {
            let all = self.inner.orgs(None, usize::MAX).await?;
            page.splice(0..0, all.into_iter().filter(|org| org.id == *after));
        }
        Ok(page)
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let mut found = self.inner.delegators(delegate).await?;
        if self.has(Fault::TakesAnyForEach) {
            for org in self.inner.orgs(None, usize::MAX).await? {
                let tree = self.inner.org(&org.id).await?;
                if tree.is_some_and(|tree| tree.groups().any(|group| group.lists(&Delegate::Any))) {
                    found.push(org.id);
                }
            }
            found.sort();
        }
        Ok(found)
    }

    async fn employers(&self, org: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let mut found = self.inner.employers(org).await?;
        found.retain(|employer| employer != org || !self.has(Fault::ForgetsItself));
        Ok(found)
    }
}
