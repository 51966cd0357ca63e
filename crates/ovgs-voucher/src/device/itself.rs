//! What a device knows of itself, and whom it trusts.

use chrono::{DateTime, Utc};

use crate::{Assertion, Crl, IdevidIssuer, TrustAnchors};

/// A device that is looking for its owner.
#[derive(Clone, Debug)]
#[must_use = "a device does nothing until it is given bootstrapping data"]
pub struct Device {
    pub(super) serial: String,
    pub(super) anchors: TrustAnchors,
    pub(super) clock: Option<DateTime<Utc>>,
    pub(super) idevid_issuer: Option<IdevidIssuer>,
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) assertions: Option<Vec<Assertion>>,
    pub(super) crls: Vec<Crl>,
}

impl Device {
    /// A device of this serial number, to which its manufacturer gave these voucher trust anchors (RFC 8572
    /// §5.1, item 5). It has no clock to trust.
    pub fn new(serial: impl Into<String>, anchors: TrustAnchors) -> Self {
        Self {
            serial: serial.into(),
            anchors,
            clock: None,
            idevid_issuer: None,
            nonce: None,
            assertions: None,
            crls: Vec::new(),
        }
    }

    /// Knows what time it is. Without a clock no date is looked at (RFC 8366 §7.1), and no revocation list is
    /// ever fresh.
    pub fn clock(mut self, now: DateTime<Utc>) -> Self {
        self.clock = Some(now);
        self
    }

    /// Has an IDevID certificate by this issuer; see [`IdevidIssuer::of_certificate`].
    pub fn idevid_issuer(mut self, issuer: IdevidIssuer) -> Self {
        self.idevid_issuer = Some(issuer);
        self
    }

    /// Made this nonce and asked for a voucher with it. A voucher without a nonce is good, too.
    pub fn nonce(mut self, nonce: impl Into<Vec<u8>>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Is content with these assertions only; otherwise with any.
    pub fn assertions(mut self, acceptable: impl IntoIterator<Item = Assertion>) -> Self {
        self.assertions = Some(acceptable.into_iter().collect());
        self
    }

    /// Obtained these revocation lists, beside those that the artifacts carry.
    pub fn crls(mut self, crls: impl IntoIterator<Item = Crl>) -> Self {
        self.crls.extend(crls);
        self
    }
}
