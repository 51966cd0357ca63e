//! Why a voucher is refused.

use thiserror::Error;

use super::{ChainFault, Invalid};
use crate::Note;

/// A voucher is refused, and why.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// BER, or nothing of the kind.
    #[error("not DER")]
    NotDer(#[source] der::Error),
    /// DER of something else.
    #[error("not a CMS SignedData")]
    NotSignedData(#[source] der::Error),
    /// Something was put after the voucher.
    #[error("{octets} octets follow the voucher")]
    TrailingOctets {
        /// How many.
        octets: usize,
    },
    /// The voucher's JSON is elsewhere.
    #[error("the signature is detached: there is no content")]
    Detached,
    /// None, or several.
    #[error("there must be one signer, not {signers}")]
    Signers {
        /// How many.
        signers: usize,
    },
    /// Old devices do not find such a signer.
    #[error("the signer is named by key id, not by issuer and serial number")]
    SignerByKeyId,
    /// RFC 5652 §5.3.
    #[error("the signer's structure is of version {version}, not 1")]
    SignerVersion {
        /// The version.
        version: u8,
    },
    /// SHA-1 signs nothing any more.
    #[error("SHA-1 is used")]
    Sha1,
    /// Not SHA-256, SHA-384 or SHA-512.
    #[error("digest algorithm `{algorithm}` is not supported")]
    DigestAlgorithm {
        /// Its name or object identifier.
        algorithm: String,
    },
    /// The list of digests is not that of the one signer.
    #[error("the digest algorithms listed are not the signer's")]
    DigestAlgorithms,
    /// Neither ECDSA nor RSA, odd parameters, or another hash than the digest.
    #[error("signature algorithm `{algorithm}` is not supported here")]
    SignatureAlgorithm {
        /// Its name or object identifier.
        algorithm: String,
    },
    /// RFC 5652 §5.3 demands them.
    #[error("there are no signed attributes")]
    NoSignedAttributes,
    /// A signature over attributes, passed off as one over a content.
    #[error("the content is the signed attributes of another message")]
    ReplayedAttributes,
    /// X.690 §11.6.
    #[error("the signed attributes are not in DER order")]
    UnsortedAttributes,
    /// More than any signer adds.
    #[error("there are {attributes} signed attributes, more than the 32 that are looked at")]
    TooManyAttributes {
        /// How many.
        attributes: usize,
    },
    /// RFC 5652 §11.
    #[error("the signed attribute `{attribute}` stands twice")]
    DoubledAttribute {
        /// Its name or object identifier.
        attribute: String,
    },
    /// RFC 5652 §11.
    #[error("the signed attribute `{attribute}` has {values} values, not one")]
    AttributeValues {
        /// Its name or object identifier.
        attribute: String,
        /// How many.
        values: usize,
    },
    /// RFC 5652 §11.
    #[error("the signed attribute `{attribute}` is missing")]
    AttributeMissing {
        /// Its name.
        attribute: String,
    },
    /// RFC 5652 §11.
    #[error("the signed attribute `{attribute}` is malformed")]
    AttributeForm {
        /// Its name.
        attribute: String,
    },
    /// The content was relabelled after it was signed.
    #[error("the content is labelled `{label}`, but was signed as `{signed}`")]
    Relabelled {
        /// What it is called.
        label: String,
        /// What was signed.
        signed: String,
    },
    /// The content was changed after it was signed.
    #[error("the content is not the one that was signed")]
    Digest,
    /// Neither the voucher type nor id-data.
    #[error("content type `{content_type}` is not a voucher")]
    ContentType {
        /// Its object identifier.
        content_type: String,
    },
    /// RFC 5652 §5.1.
    #[error("SignedData of version {version} does not go with its content type")]
    Version {
        /// The version.
        version: u8,
    },
    /// X.690 §11.6.
    #[error("the certificates are not in DER order, or one stands twice")]
    UnsortedCertificates,
    /// More than any chain needs.
    #[error("{certificates} certificates are embedded, more than the 10 that are looked at")]
    TooManyCertificates {
        /// How many.
        certificates: usize,
    },
    /// Not a certificate.
    #[error("an embedded certificate cannot be read: {0}")]
    Certificate(Invalid),
    /// X.690 §11.6.
    #[error("the revocation lists are not in DER order, or one stands twice")]
    UnsortedCrls,
    /// More than any chain needs.
    #[error("{lists} revocation lists are embedded, more than the 10 that are looked at")]
    TooManyCrls {
        /// How many.
        lists: usize,
    },
    /// Not a revocation list.
    #[error("an embedded revocation list cannot be read: {0}")]
    Crl(Invalid),
    /// An embedded revocation list has nothing to do with the signer.
    #[error("the embedded revocation list of `{issuer}` is not by an issuer on the signer's path")]
    StrayCrl {
        /// Whose list it says it is.
        issuer: String,
    },
    /// Nobody has the signer's certificate.
    #[error("the signer's certificate is neither embedded nor a trust anchor")]
    NoSignerCertificate,
    /// The signature is not by that key over these attributes.
    #[error("the signature is wrong")]
    Signature,
    /// RFC 5280 §4.2.1.3.
    #[error("the signer's certificate `{subject}` is not for signatures")]
    SignerKeyUsage {
        /// Whose certificate it is.
        subject: String,
    },
    /// The signer is nobody we trust.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// An embedded certificate has nothing to do with the signer.
    #[error("the embedded certificate `{subject}` is not on the signer's path")]
    StrayCertificate {
        /// Whose certificate it is.
        subject: String,
    },
    /// The content is not a voucher.
    #[error("the content is not a voucher: {0}")]
    Content(Invalid),
    /// A voucher for another device.
    #[error("the voucher is for serial number `{found}`, not `{wanted}`")]
    Serial {
        /// Whom it is for.
        found: String,
        /// Whom it should be for.
        wanted: String,
    },
    /// Its time has not come.
    #[error("the voucher is valid only from {created_on}")]
    NotYetValid {
        /// RFC 3339.
        created_on: String,
    },
    /// Its time is over.
    #[error("the voucher expired on {expires_on}")]
    Expired {
        /// RFC 3339.
        expires_on: String,
    },
    /// The other profile was demanded.
    #[error("the voucher is not of profile `{wanted}`")]
    Profile {
        /// The name of the profile demanded.
        wanted: &'static str,
    },
    /// The profile `rfc8366` was demanded, which has no such oddity.
    #[error("profile `rfc8366` refuses this: {0}")]
    OldStyle(Note),
}
