use chrono::{DateTime, Utc};

use crate::{CertId, Change, DomainCert, DomainCertificate, GroupId, Org, Violation, floor_to_micros};

/// A domain certificate to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDomainCert {
    /// In which group.
    pub group: GroupId,
    /// The certificate.
    pub certificate: DomainCertificate,
    /// Whether devices shall check revocation.
    pub revocation_checks: bool,
    /// Until when vouchers may pin it; kept to the microsecond.
    pub expiry_time: DateTime<Utc>,
}

/// Adds a domain certificate to a group.
///
/// # Errors
/// [`Violation::CertExists`] if the group has the same certificate with the same checks and expiry.
pub fn create_domain_cert(org: &Org, id: CertId, new: NewDomainCert) -> Result<Change, Violation> {
    let NewDomainCert { group, certificate, revocation_checks, expiry_time } = new;
    let cert = DomainCert {
        id,
        fingerprint: certificate.fingerprint(),
        revocation_checks,
        expiry_time: floor_to_micros(expiry_time),
        not_after: certificate.not_after(),
    };
    let same = |other: &&DomainCert| DomainCert { id: cert.id.clone(), ..(*other).clone() } == cert;
    if let Some(existing) = org.group(&group).and_then(|group| group.certs().find(same)) {
        return Err(Violation::CertExists { existing: existing.id.clone() });
    }
    Ok(Change::DomainCertCreated { group, cert, der: certificate.der().clone() })
}
