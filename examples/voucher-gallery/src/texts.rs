//! What the vouchers say: as little as a voucher can, what is usual, and everything that goes together.

use chrono::{DateTime, Utc};
use ovgs_voucher::{Assertion, IdevidIssuer, PinnedCert, Voucher};

/// A name for each, and the voucher.
pub(crate) fn all(pinned: &PinnedCert) -> anyhow::Result<Vec<(&'static str, Voucher)>> {
    let created_on: DateTime<Utc> = "2026-11-21T20:33:03.123456Z".parse()?;
    let end: DateTime<Utc> = "2048-05-01T00:00:00Z".parse()?;
    let voucher = |assertion| Voucher::builder(created_on, assertion, "ABC101", pinned.clone());
    let issuer = IdevidIssuer::from_key_id(&[7; 20])?;
    Ok(vec![
        ("least", voucher(Assertion::Verified).build()?),
        ("usual", voucher(Assertion::Verified).expires_on(end).revocation_checks(true).build()?),
        ("nonce", voucher(Assertion::Proximity).nonce([7; 16]).revocation_checks(false).build()?),
        (
            "most",
            Voucher::builder(created_on, Assertion::Logged, r#"JPE-1234/ä"\"#, pinned.clone())
                .expires_on(end)
                .last_renewal_date(end)
                .idevid_issuer(issuer)
                .revocation_checks(false)
                .build()?,
        ),
    ])
}
