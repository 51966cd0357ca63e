//! The crates of RustCrypto, in Rust alone.

use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::{BigUint, Pkcs1v15Sign, Pss, RsaPublicKey, pkcs1};
use sha2::{Sha256, Sha384, Sha512};

use super::{Hash, portable::digest};
use crate::algorithm::{KeyKind, Scheme};

/// The longest RSA modulus, in bits, as with aws-lc-rs.
const LONGEST_RSA: usize = 8192;

/// Whether `signature` over `message` is by `key`, the bits of a SubjectPublicKeyInfo of this `kind`.
///
/// Keys too weak, or of another kind than the scheme needs, have signed nothing.
pub(crate) fn is_signed(scheme: Scheme, kind: KeyKind, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let digest = digest(scheme.hash(), message);
    let verdict = match (scheme, kind) {
        (Scheme::Ecdsa(_), KeyKind::P256) => p256(key, digest.as_ref(), signature),
        (Scheme::Ecdsa(_), KeyKind::P384) => p384(key, digest.as_ref(), signature),
        (Scheme::Ecdsa(_), KeyKind::P521) => p521(key, digest.as_ref(), signature),
        (Scheme::RsaPkcs1(hash), KeyKind::Rsa { bits: 2048..=LONGEST_RSA }) => {
            rsa_key(key).and_then(|key| key.verify(pkcs1v15(hash), digest.as_ref(), signature).ok())
        }
        (Scheme::RsaPss(hash), KeyKind::Rsa { bits: 2048..=LONGEST_RSA }) => {
            rsa_key(key).and_then(|key| key.verify(pss(hash), digest.as_ref(), signature).ok())
        }
        _ => None,
    };
    verdict.is_some()
}

fn p256(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn p384(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn p521(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    // The crate refuses digests under half the curve's length. As numbers, which is what is signed, they stay
    // the same with zeros before them.
    let mut padded = [0; 66];
    padded.get_mut(66 - digest.len()..)?.copy_from_slice(digest);
    let signature = p521::ecdsa::Signature::from_der(signature).ok()?;
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    key.verify_prehash(&padded, &signature).ok()
}

fn rsa_key(key: &[u8]) -> Option<RsaPublicKey> {
    let key = pkcs1::RsaPublicKey::try_from(key).ok()?;
    let number = |integer: pkcs1::UintRef<'_>| BigUint::from_bytes_be(integer.as_bytes());
    RsaPublicKey::new_with_max_size(number(key.modulus), number(key.public_exponent), LONGEST_RSA).ok()
}

fn pkcs1v15(hash: Hash) -> Pkcs1v15Sign {
    match hash {
        Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    }
}

fn pss(hash: Hash) -> Pss {
    match hash {
        Hash::Sha256 => Pss::new_with_salt::<Sha256>(hash.octets()),
        Hash::Sha384 => Pss::new_with_salt::<Sha384>(hash.octets()),
        Hash::Sha512 => Pss::new_with_salt::<Sha512>(hash.octets()),
    }
}
