//! Why a signer does not sign.

use ovgs_domain::Excerpt;
use ovgs_voucher::{Invalid, SignatureAlgorithm, SignerError};
use thiserror::Error;

/// What stops a call of `ovgs.signer.v1`.
#[derive(Debug, Error)]
pub(in crate::rpc) enum SigningRefusal {
    /// The connection is without a client certificate.
    #[error("the connection has no client certificate")]
    NoCertificate,
    /// The client certificate names nobody who is allowed to ask.
    #[error("the client certificate names nobody who may use this signer")]
    NotAllowed,
    /// A field is missing or malformed.
    #[error("`{field}` {wrong}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong with it.
        wrong: String,
    },
    /// What should be signed is no voucher's.
    #[error("`messages[{position}]` is not to be signed here: {wrong}")]
    Message {
        /// Counting from 0.
        position: usize,
        /// Why.
        wrong: Invalid,
    },
    /// There is no such key.
    #[error("there is no key `{name}`")]
    NoKey {
        /// The name.
        name: Excerpt,
    },
    /// The key is not the one that is meant.
    #[error("the key `{name}` is not the one in the certificate; configure the two that belong together")]
    OtherKey {
        /// The name.
        name: Excerpt,
    },
    /// The key signs otherwise.
    #[error("the key `{name}` signs with {own} alone")]
    OtherAlgorithm {
        /// The name.
        name: Excerpt,
        /// How it signs.
        own: SignatureAlgorithm,
    },
    /// Too much is being signed.
    #[error("too much is being signed; try again")]
    Busy,
    /// The key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The request did not come through the mount, which says who asks.
    #[error("the call did not come through the mount")]
    NoMount,
}

impl SigningRefusal {
    pub(super) fn field(field: &'static str, wrong: impl Into<String>) -> SigningRefusal {
        SigningRefusal::Field { field, wrong: wrong.into() }
    }
}
