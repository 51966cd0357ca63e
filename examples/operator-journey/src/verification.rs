//! Last stage: what a device makes of the voucher. No server is asked.

use anyhow::{Context, ensure};
use ovgs_voucher::{TrustAnchors, VerifyOptions, verify};

use crate::{tell, time::now, vouchers::Issued};

/// Verifies signature, chain, dates and serial number, and that the voucher pins our certificate.
pub(crate) fn as_a_device_would(issued: &Issued, trust_anchor: &[u8]) -> anyhow::Result<()> {
    let anchors =
        TrustAnchors::from_pem(trust_anchor).context("the voucher trust anchor is no certificate")?;
    let device = VerifyOptions::at(now()).serial(&issued.serial);
    let verified = verify(&issued.cms, &anchors, &device).context("the voucher does not verify")?;
    let voucher = verified.voucher;
    ensure!(
        voucher.pinned_domain_cert().der() == issued.deposited.der,
        "the voucher pins another certificate"
    );
    ensure!(
        voucher.expires_on() == Some(issued.expires_on),
        "the voucher ends at another time than asked for"
    );
    ensure!(voucher.revocation_checks() == Some(false), "the voucher asks for revocation checks");
    tell(
        "verify",
        format_args!("a device `{}` would accept the voucher and trust our certificate", issued.serial),
    );
    Ok(())
}
