use chrono::{DateTime, Utc};

use crate::{Component, ComponentId, DomainCert, IdevidIssuer, NEVER, OrgId, Violation, floor_to_seconds};

/// Another component with the same serial number, whose voucher a device could mistake for its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// Which.
    pub id: ComponentId,
    /// The issuer of its IDevID certificate, if known.
    pub idevid_issuer: Option<IdevidIssuer>,
}

/// Whether a component and a certificate belong together: their organization is all that ties them.
///
/// # Errors
/// [`Violation::ForeignCert`] if the certificate is another organization's.
pub fn tie(component: &Component, cert: &DomainCert, owner: &OrgId) -> Result<(), Violation> {
    if component.org == *owner {
        return Ok(());
    }
    Err(Violation::ForeignCert { cert: cert.id.clone(), component: component.id.clone() })
}

/// When a voucher expires: at its lifetime, floored to the second; `None` if nothing in it ever ends.
///
/// # Errors
/// [`Violation::LifetimeTooLong`] after the smaller of the certificate's `expiry_time` and `notAfter`
/// (RFC 8366 §5.3: `expires-on` must not exceed the pinned certificate's expiry); equal is allowed.
pub fn expires_on(cert: &DomainCert, lifetime: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Violation> {
    let lifetime = floor_to_seconds(lifetime);
    let latest = floor_to_seconds(cert.expiry_time).min(cert.not_after);
    if lifetime > latest {
        return Err(Violation::LifetimeTooLong { latest });
    }
    Ok((lifetime < NEVER).then_some(lifetime))
}

/// Whether the device is told apart from its namesakes, the components with the same serial number under an issuer
/// with the same root (RFC 8366 §5.3: serial numbers that are not unique need an `idevid-issuer`).
///
/// # Errors
/// [`Violation::AmbiguousSerial`] if either lacks an IDevID issuer, or both have the same one.
pub fn tell_apart<'a>(
    component: &Component,
    namesakes: impl IntoIterator<Item = &'a Namesake>,
) -> Result<(), Violation> {
    let own = component.facts.idevid_issuer.as_ref().map(IdevidIssuer::key_id);
    let confusable = |other: &&Namesake| match (own, &other.idevid_issuer) {
        (Some(own), Some(other)) => own == other.key_id(),
        _ => true,
    };
    match namesakes.into_iter().find(confusable) {
        None => Ok(()),
        Some(other) => {
            Err(Violation::AmbiguousSerial { component: component.id.clone(), other: Some(other.id.clone()) })
        }
    }
}
