//! The keys of an issuer (RFC 7517).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::FetchError;
use crate::authn::sha256;

/// The most keys of one issuer.
const MOST: usize = 100;

/// The keys of an issuer that may sign tokens.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

/// A key, and what it may have signed.
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    pub(super) decoding: DecodingKey,
    pub(super) fingerprint: [u8; 32],
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK Set. Keys for other purposes, or that cannot be read, are left out.
    pub(super) fn read(document: &[u8], allowed: &[Algorithm]) -> Result<KeySet, FetchError> {
        let document: Document = serde_json::from_slice(document).map_err(FetchError::NoKeys)?;
        if document.keys.len() > MOST {
            return Err(FetchError::TooManyKeys { found: document.keys.len(), most: MOST });
        }
        let keys = document.keys.into_iter().filter_map(|key| Key::read(key, allowed));
        Ok(KeySet(keys.collect()))
    }

    /// The key that a token says it is signed with. A token that names none is understood if only one could be meant.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.algorithms.contains(&algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    /// Whether this very key is still among them.
    pub(super) fn holds(&self, fingerprint: &[u8; 32]) -> bool {
        self.0.iter().any(|key| key.fingerprint == *fingerprint)
    }
}

impl Key {
    fn read(value: Value, allowed: &[Algorithm]) -> Option<Key> {
        let fingerprint = sha256(value.to_string().as_bytes());
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        if !may_verify(&jwk) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm).to_vec();
        algorithms.retain(|algorithm| allowed.contains(algorithm));
        if let Some(only) = jwk.common.key_algorithm {
            algorithms.retain(|algorithm| KeyAlgorithm::from(*algorithm) == only);
        }
        let decoding = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then_some(Key { id: jwk.common.key_id, algorithms, decoding, fingerprint })
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// RFC 7517 §4.2, §4.3.
fn may_verify(jwk: &Jwk) -> bool {
    let usage = jwk.common.public_key_use.as_ref();
    let operations = jwk.common.key_operations.as_ref();
    usage.is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// What a key can sign by its kind. One kind of algorithm for each kind of key is what keeps a public key from being
/// taken for a shared secret (RFC 8725 §2.1).
fn algorithms(key: &AlgorithmParameters) -> &'static [Algorithm] {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match key {
        AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[ES256],
            EllipticCurve::P384 => &[ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(_) => &[EdDSA],
        _ => &[],
    }
}
