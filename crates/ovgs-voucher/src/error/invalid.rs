//! Values, certificates and JSON that are not what RFC 8366 makes of them.

use thiserror::Error;

use crate::Leniency;

/// A value, a certificate or a voucher's JSON is not what RFC 8366 makes of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A year that four digits cannot write.
    #[error("`{member}` is outside the years 0000 to 9999")]
    DateRange {
        /// The leaf.
        member: &'static str,
    },
    /// A voucher for no device.
    #[error("the serial number is empty")]
    EmptySerial,
    /// RFC 8366 §5.3: 8 to 32 octets.
    #[error("a nonce has 8 to 32 octets, not {octets}")]
    NonceLength {
        /// How many it has.
        octets: usize,
    },
    /// RFC 8366 §5.3: never both.
    #[error("a voucher with a nonce has no `expires-on`")]
    NonceWithExpiry,
    /// RFC 8366 §5.3: never without.
    #[error("`last-renewal-date` is there without `expires-on`")]
    RenewalWithoutExpiry,
    /// Not the SEQUENCE, no key identifier in it, or too long.
    #[error("`idevid-issuer` is not an AuthorityKeyIdentifier with a key identifier in at most 1024 octets")]
    IdevidIssuer,
    /// Not a certificate, or something after it.
    #[error("not exactly one X.509 certificate in DER")]
    NotACertificate(#[source] der::Error),
    /// A certificate whose parts contradict each other.
    #[error("the certificate cannot be used: {0}")]
    Certificate(&'static str),
    /// A certificate file without a certificate.
    #[error("there is no `CERTIFICATE` section in the PEM text")]
    NoCertificate,
    /// Not a revocation list, or something after it.
    #[error("not exactly one X.509 revocation list in DER")]
    NotACrl(#[source] der::Error),
    /// A revocation list whose parts contradict each other.
    #[error("the revocation list cannot be used: {0}")]
    Crl(&'static str),
    /// A file of revocation lists without one.
    #[error("there is no `X509 CRL` section in the PEM text")]
    NoCrl,
    /// Broken PEM.
    #[error("the PEM text is broken")]
    Pem,
    /// Neither DER, nor PEM, nor base64.
    #[error("not a voucher in DER, in PEM labelled `CMS` or `PKCS7`, or in base64")]
    NotAVoucherFile,
    /// Several vouchers in one PEM text.
    #[error("there are several vouchers in the PEM text; give each a file of its own")]
    SeveralVouchers,
    /// Something does not fit into DER: a time, or a length.
    #[error("the voucher cannot be encoded")]
    Encoding(#[source] der::Error),
    /// Octets to be signed that are no voucher's.
    #[error("not the signed attributes of a voucher: {0}")]
    SignedAttributes(&'static str),
    /// The content is not JSON.
    #[error("the content is not one JSON document")]
    Json(#[source] serde_json::Error),
    /// RFC 8259 §4: a name stands twice in one object.
    #[error("member `{name}` stands twice in one object")]
    DoubledMember {
        /// The name.
        name: String,
    },
    /// RFC 7951 §4: the name is qualified.
    #[error("the member `ietf-voucher:voucher` is missing")]
    NoContainer,
    /// A mandatory leaf is missing.
    #[error("member `{member}` is missing")]
    MemberMissing {
        /// The leaf.
        member: &'static str,
    },
    /// A leaf of another JSON type.
    #[error("member `{member}` is not {expected}")]
    MemberType {
        /// The leaf.
        member: &'static str,
        /// What it has to be.
        expected: &'static str,
    },
    /// Not a date-and-time.
    #[error("`{value}` in `{member}` is not an RFC 3339 date")]
    Date {
        /// The leaf.
        member: &'static str,
        /// What is there.
        value: String,
    },
    /// Not an assertion of RFC 8366.
    #[error("assertion `{value}` is none of `verified`, `logged`, `proximity`")]
    Assertion {
        /// What is there.
        value: String,
    },
    /// Not base64 of any kind.
    #[error("`{member}` is not base64")]
    Base64 {
        /// The leaf.
        member: &'static str,
    },
    /// RFC 8366 §5.3: one X.509 v3 certificate.
    #[error("`pinned-domain-cert` is not one X.509 certificate of version 3")]
    PinnedCert(#[source] Box<Invalid>),
    /// Strict reading found what lenient reading overlooks.
    #[error("{0}")]
    OldStyle(Leniency),
}
