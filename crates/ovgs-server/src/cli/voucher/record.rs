//! A voucher as it is printed.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ovgs_domain::legible;
use ovgs_voucher::Voucher;
use serde::Serialize;

use crate::cli::output::{field, moment};

/// The leaves of a voucher (RFC 8366 §5.3).
#[derive(Debug, Serialize)]
pub(super) struct VoucherRecord {
    serial_number: String,
    created_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assertion: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idevid_issuer: Option<String>,
    pinned_domain_cert: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_cert_revocation_checks: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_renewal_date: Option<String>,
}

impl From<&Voucher> for VoucherRecord {
    fn from(voucher: &Voucher) -> VoucherRecord {
        VoucherRecord {
            serial_number: voucher.serial_number().to_owned(),
            created_on: moment(voucher.created_on()),
            expires_on: voucher.expires_on().map(moment),
            assertion: voucher.assertion().map(|assertion| assertion.as_str()),
            idevid_issuer: voucher.idevid_issuer().map(|issuer| STANDARD.encode(issuer.der())),
            pinned_domain_cert: voucher.pinned_domain_cert().base64().to_owned(),
            domain_cert_revocation_checks: voucher.revocation_checks(),
            nonce: voucher.nonce().map(|nonce| STANDARD.encode(nonce)),
            last_renewal_date: voucher.last_renewal_date().map(moment),
        }
    }
}

impl fmt::Display for VoucherRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serial-number: {}", legible(&self.serial_number))?;
        field(f, "created-on", Some(&self.created_on))?;
        field(f, "expires-on", Some(self.expires_on.as_deref().unwrap_or("never")))?;
        field(f, "assertion", self.assertion)?;
        field(f, "idevid-issuer", self.idevid_issuer.as_ref())?;
        field(f, "pinned-domain-cert", Some(&self.pinned_domain_cert))?;
        field(f, "domain-cert-revocation-checks", self.domain_cert_revocation_checks)?;
        field(f, "nonce", self.nonce.as_ref())?;
        field(f, "last-renewal-date", self.last_renewal_date.as_ref())
    }
}
