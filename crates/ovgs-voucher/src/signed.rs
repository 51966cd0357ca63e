//! What certificates and revocation lists have in common: octets, and whose signature stands under them.

use chrono::{DateTime, Utc};
#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
use der::Decode as _;
use der::{AnyRef, Encode as _, Sequence, asn1::BitStringRef};
use x509_cert::{spki::AlgorithmIdentifierRef, time::Time};

#[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
use crate::{
    Certificate,
    algorithm::{Scheme, Unreadable},
    crypto,
};

/// The outermost layer of both, its parts still encoded (RFC 5280 §4.1, §5.1).
#[derive(Sequence)]
pub(crate) struct Frame<'a> {
    pub(crate) body: AnyRef<'a>,
    pub(crate) algorithm: AnyRef<'a>,
    signature: BitStringRef<'a>,
}

/// A signature, and the octets it is over.
pub(crate) struct Signed {
    body: Vec<u8>,
    /// The DER of the AlgorithmIdentifier.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a signature is not by the key it should be by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    Sha1,
    Algorithm,
    Signature,
}

impl Signed {
    /// Keeps the octets as they came; none if the signature is not whole octets.
    pub(crate) fn of(frame: &Frame<'_>) -> der::Result<Option<Self>> {
        frame.algorithm.decode_as::<AlgorithmIdentifierRef<'_>>()?;
        let Some(signature) = frame.signature.as_bytes() else { return Ok(None) };
        Ok(Some(Self {
            body: frame.body.to_der()?,
            algorithm: frame.algorithm.to_der()?,
            signature: signature.to_vec(),
        }))
    }

    /// Whether `issuer`'s key signed, and by an algorithm we trust.
    #[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
    pub(crate) fn is_by(&self, issuer: &Certificate) -> Result<(), Misfit> {
        let id = AlgorithmIdentifierRef::from_der(&self.algorithm).map_err(|_| Misfit::Algorithm)?;
        let scheme = Scheme::read(id, None).map_err(|unreadable| match unreadable {
            Unreadable::Sha1 => Misfit::Sha1,
            Unreadable::Other => Misfit::Algorithm,
        })?;
        if crypto::is_signed(scheme, issuer.key_kind(), issuer.key(), &self.body, &self.signature) {
            Ok(())
        } else {
            Err(Misfit::Signature)
        }
    }
}

/// The moment `time` is; none if it is out of range.
pub(crate) fn moment(time: Time) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    DateTime::from_timestamp(seconds, 0)
}
