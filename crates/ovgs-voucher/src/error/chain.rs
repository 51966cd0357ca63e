//! Certification paths that do not hold.

use thiserror::Error;

/// A certification path does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// No way up to an anchor.
    #[error("no trust anchor for `{issuer}`")]
    NoAnchor {
        /// The issuer nobody has.
        issuer: String,
    },
    /// A forged or broken certificate.
    #[error("certificate `{subject}` is not signed by `{issuer}`, whom it names")]
    Signature {
        /// Whose certificate it is.
        subject: String,
        /// Whose key did not sign it.
        issuer: String,
    },
    /// The moment is before its time.
    #[error("certificate `{subject}` is valid only from {from}")]
    NotYetValid {
        /// Whose certificate it is.
        subject: String,
        /// RFC 3339.
        from: String,
    },
    /// The moment is after its time.
    #[error("certificate `{subject}` expired on {on}")]
    Expired {
        /// Whose certificate it is.
        subject: String,
        /// RFC 3339.
        on: String,
    },
    /// An issuer that is no CA.
    #[error("`{subject}` is no CA, but issued a certificate")]
    NotACa {
        /// Whose certificate it is.
        subject: String,
    },
    /// An issuer whose key usage lacks keyCertSign.
    #[error("the key usage of `{subject}` does not let it issue certificates")]
    NotForCertificates {
        /// Whose certificate it is.
        subject: String,
    },
    /// More intermediates than an issuer allows.
    #[error("`{subject}` does not allow so many intermediates below it")]
    PathLength {
        /// Whose certificate it is.
        subject: String,
    },
    /// A path nobody needs.
    #[error("the chain is too long or too tangled")]
    TooLong,
    /// A demand we do not understand.
    #[error(
        "certificate `{subject}` has the extension `{extension}`, which demands what is not understood here"
    )]
    CriticalExtension {
        /// Whose certificate it is.
        subject: String,
        /// Its object identifier.
        extension: String,
    },
    /// SHA-1.
    #[error("certificate `{subject}` is signed with SHA-1")]
    Sha1 {
        /// Whose certificate it is.
        subject: String,
    },
    /// Neither ECDSA nor RSA with SHA-2.
    #[error("certificate `{subject}` is signed with an unsupported algorithm")]
    Algorithm {
        /// Whose certificate it is.
        subject: String,
    },
    /// RSA under 2048 bits.
    #[error("the RSA key of `{subject}` has only {bits} bits")]
    WeakKey {
        /// Whose certificate it is.
        subject: String,
        /// The length of the modulus.
        bits: usize,
    },
    /// Its issuer took it back.
    #[error("certificate `{subject}` was revoked on {on}")]
    Revoked {
        /// Whose certificate it is.
        subject: String,
        /// RFC 3339.
        on: String,
    },
    /// Nobody can say whether it was revoked.
    #[error("there is no revocation list of `{issuer}`, who issued `{subject}`")]
    NoRevocationList {
        /// Whose certificate it is.
        subject: String,
        /// Whose list is missing.
        issuer: String,
    },
    /// The list says how it was at another time.
    #[error("the revocation list of `{issuer}` is good from {from} until {until} only")]
    StaleRevocationList {
        /// Whose list it is.
        issuer: String,
        /// RFC 3339.
        from: String,
        /// RFC 3339.
        until: String,
    },
    /// The list proves nothing.
    #[error("the revocation list of `{issuer}` cannot be used: {reason}")]
    UnusableRevocationList {
        /// Whose list it says it is.
        issuer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Who does not know the time cannot know whether a list is fresh.
    #[error("without a clock nobody knows whether `{subject}` was revoked")]
    RevocationWithoutClock {
        /// Whose certificate it is.
        subject: String,
    },
}

impl ChainFault {
    /// What whoever runs the signer can do about it.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::NoAnchor { .. } => "add the missing issuers up to the root",
            Self::Signature { .. } => "give the certificate of the issuer that really signed it",
            Self::NotYetValid { .. } => "wait, or check the clock",
            Self::Expired { .. } => "renew it",
            Self::NotACa { .. } | Self::NotForCertificates { .. } | Self::PathLength { .. } => {
                "have the chain issued again by a proper CA"
            }
            Self::TooLong => "use a shorter chain",
            Self::CriticalExtension { .. } => "have it issued without that extension",
            Self::Sha1 { .. } | Self::Algorithm { .. } => {
                "have it issued with ECDSA or RSA and SHA-256 or better"
            }
            Self::WeakKey { .. } => "use a key of 3072 bits",
            Self::Revoked { .. } => "have another one issued",
            Self::NoRevocationList { .. }
            | Self::StaleRevocationList { .. }
            | Self::UnusableRevocationList { .. } => "get a new list from the issuer",
            Self::RevocationWithoutClock { .. } => "set the clock",
        }
    }
}
