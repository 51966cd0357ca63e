//! Writing the voucher's JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::{Assertion, Voucher, date};

/// The only member of the document: the container's name, qualified by its module (RFC 7951 §4).
pub(super) const CONTAINER: &str = "ietf-voucher:voucher";

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "ietf-voucher:voucher")]
    voucher: Leaves<'a>,
}

/// The leaves in the order of the YANG module.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Leaves<'a> {
    created_on: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_on: Option<String>,
    assertion: &'a str,
    serial_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    idevid_issuer: Option<String>,
    pinned_domain_cert: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain_cert_revocation_checks: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_renewal_date: Option<String>,
}

#[expect(clippy::expect_used, reason = "strings and booleans under string keys always serialize into memory")]
pub(super) fn write(voucher: &Voucher) -> Vec<u8> {
    let leaves = Leaves {
        created_on: date::write(voucher.created_on),
        expires_on: voucher.expires_on.map(date::write),
        assertion: voucher.assertion.map_or("", Assertion::as_str),
        serial_number: &voucher.serial_number,
        idevid_issuer: voucher.idevid_issuer.as_ref().map(|issuer| STANDARD.encode(issuer.der())),
        pinned_domain_cert: voucher.pinned_domain_cert.base64(),
        domain_cert_revocation_checks: voucher.revocation_checks,
        nonce: voucher.nonce.as_ref().map(|nonce| STANDARD.encode(nonce)),
        last_renewal_date: voucher.last_renewal_date.map(date::write),
    };
    // The members without the certificate take some 250 octets; longer ones only cost a reallocation.
    let mut out = Vec::with_capacity(leaves.pinned_domain_cert.len() + 384);
    serde_json::to_writer(&mut out, &Document { voucher: leaves }).expect("see above");
    out
}
