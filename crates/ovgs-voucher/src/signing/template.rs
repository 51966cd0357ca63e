//! A voucher's CMS object in two halves, before and after the signature.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use der::{Any, Tag, asn1::SetOf};
use x509_cert::spki::AlgorithmIdentifierRef;

use super::{LocalSigner, SigningChain, VoucherSigner};
use crate::{
    Invalid, IssueError, Profile, SignatureAlgorithm, Voucher,
    cms::encode::{self, Constants},
    crypto::{self, Hash},
};

/// Everything that the vouchers of one signing chain, profile and algorithm have in common, encoded once.
///
/// Making one parses and sorts certificates; using one does not. Cloning is cheap.
#[derive(Clone)]
pub struct Template {
    constants: Arc<Constants>,
    profile: Profile,
    algorithm: SignatureAlgorithm,
}

impl Template {
    /// Encodes what never changes.
    ///
    /// The certificates of the chain go in sorted as DER demands, each once, root included (RFC 8366 §5.4).
    ///
    /// # Errors
    /// [`Invalid::Encoding`] if the chain is larger than DER lengths can say here (256 MiB).
    pub fn new(
        chain: &SigningChain,
        profile: Profile,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Invalid> {
        let constants = constants(chain, profile, algorithm).map_err(Invalid::Encoding)?;
        Ok(Self { constants: Arc::new(constants), profile, algorithm })
    }

    /// The profile of the vouchers.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The algorithm of the signatures to come.
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// The half before the signature: digest and signed attributes.
    ///
    /// `content` is what [`Voucher::to_json`] wrote, `signing_time` is floored to the second.
    ///
    /// # Errors
    /// [`Invalid::Encoding`] if `signing_time` is not of the years 1970..=9999, which CMS can write here.
    pub fn prepare(&self, content: Vec<u8>, signing_time: DateTime<Utc>) -> Result<Prepared, Invalid> {
        let hash = self.algorithm.hash();
        let digest = crypto::digest(hash, &content);
        let to_sign =
            encode::signed_attributes(&self.constants.content_type_attribute, digest.as_ref(), signing_time)
                .map_err(Invalid::Encoding)?;
        let sha256 = (hash == Hash::Sha256).then(|| digest.as_ref().try_into().ok()).flatten();
        Ok(Prepared { constants: Arc::clone(&self.constants), content, sha256, to_sign })
    }

    /// Writes, signs and assembles `voucher`; the signing-time is the second of its created-on.
    ///
    /// # Errors
    /// [`IssueError::Signer`] if the signer did not sign, [`IssueError::Invalid`] if the voucher cannot be
    /// encoded.
    pub async fn issue(&self, voucher: &Voucher, signer: &dyn VoucherSigner) -> Result<Vec<u8>, IssueError> {
        let prepared = self.prepare(voucher.to_json(), voucher.created_on())?;
        let signature = signer.sign(prepared.to_sign()).await?;
        Ok(prepared.assemble(&signature)?)
    }

    /// As [`issue`](Self::issue), on this thread and without waiting.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub fn issue_now(&self, voucher: &Voucher, signer: &dyn LocalSigner) -> Result<Vec<u8>, IssueError> {
        let prepared = self.prepare(voucher.to_json(), voucher.created_on())?;
        let signature = signer.sign_now(prepared.to_sign())?;
        Ok(prepared.assemble(&signature)?)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("profile", &self.profile)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A voucher that lacks only its signature.
#[derive(Debug)]
pub struct Prepared {
    constants: Arc<Constants>,
    content: Vec<u8>,
    /// That of the content, if it is signed.
    sha256: Option<[u8; 32]>,
    to_sign: Vec<u8>,
}

impl Prepared {
    /// The octets to sign: the DER of the signed attributes as a SET (RFC 5652 §5.4).
    pub fn to_sign(&self) -> &[u8] {
        &self.to_sign
    }

    /// The voucher's JSON.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The SHA-256 of [`content`](Self::content), for a record of what was vouched for. It costs nothing where the signature
    /// is over a SHA-256 anyway.
    pub fn content_sha256(&self) -> [u8; 32] {
        self.sha256.unwrap_or_else(|| crypto::sha256(&self.content))
    }

    /// The finished voucher in DER.
    ///
    /// # Errors
    /// [`Invalid::Encoding`] if it would be larger than DER lengths can say here (256 MiB).
    pub fn assemble(&self, signature: &[u8]) -> Result<Vec<u8>, Invalid> {
        encode::content_info(&self.constants, &self.content, &self.to_sign, signature)
            .map_err(Invalid::Encoding)
    }
}

fn constants(
    chain: &SigningChain,
    profile: Profile,
    algorithm: SignatureAlgorithm,
) -> der::Result<Constants> {
    let signer = chain.signer();
    let digest = AlgorithmIdentifierRef { oid: algorithm.hash().oid(), parameters: None };
    let mut digests = SetOf::<AlgorithmIdentifierRef<'_>, 1>::new();
    digests.insert(digest)?;
    Ok(Constants {
        version: profile.version(),
        content_type: profile.content_type(),
        content_type_attribute: encode::content_type_attribute(profile.content_type())?,
        digest_algorithms: Any::encode_from(&digests)?,
        certificates: encode::certificate_set(chain.certificates().iter().map(|c| c.der()).collect())?,
        signer: Any::new(Tag::Sequence, [signer.issuer_der(), signer.serial_der()].concat())?,
        digest_algorithm: Any::encode_from(&digest)?,
        signature_algorithm: Any::encode_from(&algorithm.identifier())?,
    })
}
