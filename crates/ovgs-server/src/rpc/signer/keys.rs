//! The keys that a signer signs with.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ovgs_domain::{Excerpt, Fingerprint};
use ovgs_voucher::{Certificate, SignatureAlgorithm, SignedAttributes, VoucherSigner};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::SigningRefusal;

/// What a signer signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Accepts {
    /// The signed attributes of vouchers ([`SignedAttributes`]), and nothing else.
    #[default]
    Vouchers,
    /// Whatever it is given: certificates, tokens and orders too. For tests, or where something else reads the messages.
    Anything,
}

impl Accepts {
    /// The digest to log for a message, in base64 as the journal's are shown: of the voucher's JSON, else of the message
    /// itself.
    pub(super) fn digest(
        self,
        message: &[u8],
        algorithm: SignatureAlgorithm,
    ) -> Result<String, ovgs_voucher::Invalid> {
        match self {
            Accepts::Vouchers => Ok(STANDARD.encode(SignedAttributes::read(message, algorithm)?.digest)),
            Accepts::Anything => Ok(STANDARD.encode(Sha256::digest(message))),
        }
    }
}

/// A key with a name.
#[derive(Clone, Debug)]
pub struct SigningKey {
    name: String,
    pub(super) signer: Arc<dyn VoucherSigner>,
    /// The DER of the SubjectPublicKeyInfo.
    pub(super) public_key: Vec<u8>,
    fingerprint: Fingerprint,
}

impl SigningKey {
    /// A signer under a name. That its key is the one in the certificate is asked before, by `ovgs_voucher::check`.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        signer: Arc<dyn VoucherSigner>,
        certificate: &Certificate,
    ) -> SigningKey {
        SigningKey::with_public_key(name, signer, certificate.public_key_info())
    }

    /// The same with the DER of the key's SubjectPublicKeyInfo, where there is no certificate.
    #[must_use]
    pub fn with_public_key(
        name: impl Into<String>,
        signer: Arc<dyn VoucherSigner>,
        public_key: impl Into<Vec<u8>>,
    ) -> SigningKey {
        let public_key = public_key.into();
        SigningKey { name: name.into(), signer, fingerprint: Fingerprint::of(&public_key), public_key }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the key that is meant, and signs as is asked for.
    pub(super) fn must_be(
        &self,
        public_key_sha256: &[u8],
        algorithm: SignatureAlgorithm,
    ) -> Result<(), SigningRefusal> {
        let name = || Excerpt::of(&self.name);
        if self.fingerprint.as_bytes() != public_key_sha256 {
            return Err(SigningRefusal::OtherKey { name: name() });
        }
        let own = self.signer.algorithm();
        if own != algorithm {
            return Err(SigningRefusal::OtherAlgorithm { name: name(), own });
        }
        Ok(())
    }
}

/// Two keys have one name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there are two keys `{0}`; give each its own name")]
pub struct TwoKeys(Excerpt);

/// The keys of a signer, by name.
#[derive(Clone, Debug, Default)]
pub struct SigningKeys(BTreeMap<String, SigningKey>);

impl SigningKeys {
    /// Takes keys together.
    ///
    /// # Errors
    /// [`TwoKeys`] if two have one name.
    pub fn new(keys: impl IntoIterator<Item = SigningKey>) -> Result<SigningKeys, TwoKeys> {
        let mut by_name = BTreeMap::new();
        for key in keys {
            if let Some(first) = by_name.insert(key.name.clone(), key) {
                return Err(TwoKeys(Excerpt::of(&first.name)));
            }
        }
        Ok(SigningKeys(by_name))
    }

    pub(super) fn named(&self, name: &str) -> Result<&SigningKey, SigningRefusal> {
        if name.is_empty() {
            return Err(SigningRefusal::field("name", "is missing"));
        }
        self.0.get(name).ok_or_else(|| SigningRefusal::NoKey { name: Excerpt::of(name) })
    }
}
