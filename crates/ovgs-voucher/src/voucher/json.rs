//! Writing the voucher's JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use super::{Assertion, Voucher, date};

/// The only member of the document: the container's name, qualified by its module (RFC 7951 §4).
pub(super) const CONTAINER: &str = "ietf-voucher:voucher";

/// The leaves in the order of the YANG module, on one line.
///
/// By hand, since most of it needs no escaping, and looking for what does in the certificate's base64 takes
/// longer than writing it.
pub(super) fn write(voucher: &Voucher) -> Vec<u8> {
    let pinned = voucher.pinned_domain_cert.base64();
    // The other members take some 300 octets; longer ones only cost a reallocation.
    let mut out = Writer(Vec::with_capacity(pinned.len() + 512));
    out.raw("{\"");
    out.raw(CONTAINER);
    out.raw("\":{\"created-on\":");
    out.date(voucher.created_on);
    out.optional("expires-on", voucher.expires_on, Writer::date);
    out.member("assertion");
    out.plain(voucher.assertion.map_or("", Assertion::as_str));
    out.member("serial-number");
    out.text(&voucher.serial_number);
    out.optional("idevid-issuer", voucher.idevid_issuer.as_ref(), |out, issuer| out.binary(issuer.der()));
    out.member("pinned-domain-cert");
    out.plain(pinned);
    out.optional("domain-cert-revocation-checks", voucher.revocation_checks, |out, checks| {
        out.raw(if checks { "true" } else { "false" });
    });
    out.optional("nonce", voucher.nonce.as_deref(), Writer::binary);
    out.optional("last-renewal-date", voucher.last_renewal_date, Writer::date);
    out.raw("}}");
    out.0
}

struct Writer(Vec<u8>);

impl Writer {
    fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// The name of a member that is not the first.
    fn member(&mut self, name: &str) {
        self.raw(",");
        self.plain(name);
        self.raw(":");
    }

    fn optional<T>(&mut self, name: &str, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        if let Some(value) = value {
            self.member(name);
            write(self, value);
        }
    }

    /// A string in which nothing has to be escaped.
    fn plain(&mut self, text: &str) {
        self.raw("\"");
        self.raw(text);
        self.raw("\"");
    }

    /// Any string.
    #[expect(clippy::expect_used, reason = "a string always serializes into memory")]
    fn text(&mut self, text: &str) {
        serde_json::to_writer(&mut self.0, text).expect("see above");
    }

    fn date(&mut self, at: DateTime<Utc>) {
        self.plain(&date::write(at));
    }

    /// Padded standard base64 (RFC 7951 §6.6).
    fn binary(&mut self, octets: &[u8]) {
        self.plain(&STANDARD.encode(octets));
    }
}
