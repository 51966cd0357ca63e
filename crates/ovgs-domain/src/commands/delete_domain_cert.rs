use crate::{Change, DomainCert, Group};

/// Deletes a domain certificate. Vouchers that pin it stay as they are.
#[must_use]
pub fn delete_domain_cert(group: &Group, cert: &DomainCert) -> Change {
    Change::DomainCertDeleted { group: group.id().clone(), cert: cert.id.clone() }
}
