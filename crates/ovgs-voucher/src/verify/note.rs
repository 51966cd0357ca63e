//! Oddities that do not make a voucher wrong.

use std::fmt;

use crate::{Leniency, echo::echo};

/// Something in a good voucher that the profile `rfc8366` would not have: old style, reported and not
/// refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Content type id-data and version 1, as in PKCS#7.
    IdData,
    /// No signing-time among the signed attributes.
    NoSigningTime,
    /// A signed attribute beyond content-type, message-digest and signing-time.
    FurtherAttribute {
        /// Its name or object identifier.
        attribute: String,
    },
    /// Unsigned attributes, which anybody may have added.
    UnsignedAttributes,
    /// A digest algorithm with NULL parameters instead of none (RFC 5754 §2).
    NullDigestParameters,
    /// Embedded revocation lists: RFC 8366 §5.4 allows them and discourages them.
    Crls,
    /// An embedded revocation list that is not of the moment of judging.
    StaleCrl {
        /// Whose it is.
        issuer: String,
    },
    /// The signer's certificate has an extended key usage.
    SignerExtendedKeyUsage {
        /// The usages.
        usages: Vec<String>,
    },
    /// A certificate of the chain is not embedded, but came from the trust anchors.
    NotEmbedded {
        /// Whose it is.
        subject: String,
    },
    /// The voucher has no `domain-cert-revocation-checks`.
    NoRevocationFlag,
    /// The voucher's JSON is of an old style.
    Content(Leniency),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdData => f.write_str("content type id-data and version 1, as in PKCS#7"),
            Self::NoSigningTime => f.write_str("no signing-time"),
            Self::FurtherAttribute { attribute } => write!(f, "further signed attribute `{attribute}`"),
            Self::UnsignedAttributes => f.write_str("unsigned attributes"),
            Self::NullDigestParameters => f.write_str("digest algorithm with NULL parameters"),
            Self::Crls => f.write_str("embedded revocation lists"),
            Self::StaleCrl { issuer } => {
                write!(f, "the embedded revocation list of `{issuer}` is not of this time")
            }
            Self::SignerExtendedKeyUsage { usages } => {
                write!(f, "the signer's certificate has extended key usage `{}`", echo(&usages.join(", ")))
            }
            Self::NotEmbedded { subject } => write!(f, "certificate `{subject}` is not embedded"),
            Self::NoRevocationFlag => f.write_str("no `domain-cert-revocation-checks`"),
            Self::Content(leniency) => leniency.fmt(f),
        }
    }
}
