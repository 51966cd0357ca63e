//! A voucher of each issuer, for nobody.

use chrono::{DateTime, TimeDelta, Utc};
use ovgs_domain::{CertId, Component, ComponentId, DomainCert, Facts, Fingerprint, SerialNumber};
use ovgs_voucher::{PinnedCert, TrustAnchors, VerifyOptions, verify};

use crate::{
    cli::CliError,
    issuers::{Issuer, IssuerSet},
};

/// Issues and verifies one voucher of each active issuer, leaving nothing behind.
pub(super) async fn check_issuers(issuers: &IssuerSet, now: DateTime<Utc>) -> Result<(), CliError> {
    for issuer in issuers.iter().filter(|issuer| issuer.is_active()) {
        check_issuer(issuer, now).await.map_err(|error| {
            let name = issuer.name();
            CliError::said(format!("the issuer `{name}` does not make vouchers that verify")).because(error)
        })?;
    }
    Ok(())
}

async fn check_issuer(
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(ien) = issuer.iens().first() else { return Ok(()) };
    let (root, pinned) =
        (issuer.chain().root(), rcgen::generate_simple_self_signed(["self-check".to_owned()])?);
    let pinned = PinnedCert::from_der(pinned.cert.der().to_vec())?;
    let id = ComponentId { ien: *ien, serial_number: SerialNumber::parse("SELF-CHECK")? };
    let org = ovgs_domain::OrgId::parse("org-self-check")?;
    let component = Component { id, org, group: None, facts: Facts::default() };
    let cert = DomainCert {
        id: CertId::parse("cert-self-check")?,
        fingerprint: Fingerprint::of(pinned.der()),
        revocation_checks: false,
        expiry_time: root.not_after(),
        not_after: root.not_after(),
    };
    let end = ovgs_domain::floor_to_seconds(now) + TimeDelta::hours(1);
    let voucher = issuer.write(&component, &cert, pinned, Some(end), now)?;
    let signed = issuer.sign(&voucher).await?;
    let options = VerifyOptions::at(now).serial(component.id.serial_number.as_str());
    verify(&signed.cms, &TrustAnchors::new([root.clone()]), &options)?;
    Ok(())
}
