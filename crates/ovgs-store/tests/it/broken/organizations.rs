//! Trees, with a fault.

use std::sync::Arc;

use async_trait::async_trait;
use ovgs_domain::{CertId, Change, Delegate, Description, GroupId, Org, OrgId, Revision, User};
use ovgs_store::{OrgSummary, Organizations, Stamp, StoreError};

use super::{Broken, Fault};

impl Broken {
    /// The revision to compare with: as expected, or whatever it is now.
    async fn compared(&self, fault: Fault, org: &OrgId, expected: Revision) -> Result<Revision, StoreError> {
        match self.fault == fault {
            true => Ok(self.inner.revision(org).await?.unwrap_or(expected)),
            false => Ok(expected),
        }
    }
}

#[async_trait]
impl Organizations for Broken {
    async fn org(&self, id: &OrgId) -> Result<Option<Org>, StoreError> {
        self.inner.org(id).await
    }

    async fn revision(&self, id: &OrgId) -> Result<Option<Revision>, StoreError> {
        self.inner.revision(id).await
    }

    async fn changes_since(&self, id: &OrgId, since: Revision) -> Result<Option<Vec<Change>>, StoreError> {
        let mut changes = self.inner.changes_since(id, since).await?;
        if let (Fault::ForgetsTheLastChange, Some(changes)) = (self.fault, &mut changes) {
            changes.pop();
        }
        Ok(changes)
    }

    async fn org_of_group(&self, id: &GroupId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.inner.org_of_group(id).await
    }

    async fn org_of_cert(&self, id: &CertId) -> Result<Option<(OrgId, Revision)>, StoreError> {
        self.inner.org_of_cert(id).await
    }

    async fn orgs_of_member(&self, user: &User) -> Result<Vec<(OrgId, Revision)>, StoreError> {
        self.inner.orgs_of_member(user).await
    }

    async fn certificate(&self, id: &CertId) -> Result<Option<Arc<[u8]>>, StoreError> {
        let der = self.inner.certificate(id).await?;
        match self.fault {
            Fault::CutsCertificates => Ok(der.map(|der| der.iter().copied().take(1024).collect())),
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
        let expected = self.compared(Fault::CommitsBlindly, org, expected).await?;
        self.inner.commit(org, expected, change, stamp).await
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
        let expected = self.compared(Fault::DeletesBlindly, id, expected).await?;
        self.inner.delete_org(id, expected, stamp).await
    }

    async fn orgs(&self, after: Option<&OrgId>, limit: usize) -> Result<Vec<OrgSummary>, StoreError> {
        let mut page = self.inner.orgs(after, limit).await?;
        if let (Fault::RepeatsAtPageEnds, Some(after), false) = (self.fault, after, page.is_empty()) {
            let all = self.inner.orgs(None, usize::MAX).await?;
            page.splice(0..0, all.into_iter().filter(|org| org.id == *after));
        }
        Ok(page)
    }

    async fn delegators(&self, delegate: &OrgId) -> Result<Vec<OrgId>, StoreError> {
        let mut found = self.inner.delegators(delegate).await?;
        if self.fault == Fault::TakesAnyForEach {
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
        self.inner.employers(org).await
    }
}
