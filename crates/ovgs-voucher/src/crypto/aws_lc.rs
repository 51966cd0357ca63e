//! aws-lc-rs.

use aws_lc_rs::{
    digest as algorithms,
    signature::{self, UnparsedPublicKey, VerificationAlgorithm},
};

use super::Hash;
use crate::algorithm::{KeyKind, Scheme};

/// The digest of `message`.
pub(crate) fn digest(hash: Hash, message: &[u8]) -> impl AsRef<[u8]> + use<> {
    let algorithm = match hash {
        Hash::Sha256 => &algorithms::SHA256,
        Hash::Sha384 => &algorithms::SHA384,
        Hash::Sha512 => &algorithms::SHA512,
    };
    algorithms::digest(algorithm, message)
}

/// Whether `signature` over `message` is by `key`, the bits of a SubjectPublicKeyInfo of this `kind`.
///
/// Keys too weak, or of another kind than the scheme needs, have signed nothing.
pub(crate) fn is_signed(scheme: Scheme, kind: KeyKind, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Some(algorithm) = algorithm(scheme, kind) else { return false };
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

fn algorithm(scheme: Scheme, kind: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (scheme, kind) {
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::P256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::P256) => &signature::ECDSA_P256_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::P256) => &signature::ECDSA_P256_SHA512_ASN1,
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::P384) => &signature::ECDSA_P384_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::P384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::P384) => &signature::ECDSA_P384_SHA512_ASN1,
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::P521) => &signature::ECDSA_P521_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::P521) => &signature::ECDSA_P521_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::P521) => &signature::ECDSA_P521_SHA512_ASN1,
        (Scheme::RsaPkcs1(Hash::Sha256), KeyKind::Rsa { .. }) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Scheme::RsaPkcs1(Hash::Sha384), KeyKind::Rsa { .. }) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Scheme::RsaPkcs1(Hash::Sha512), KeyKind::Rsa { .. }) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (Scheme::RsaPss(Hash::Sha256), KeyKind::Rsa { .. }) => &signature::RSA_PSS_2048_8192_SHA256,
        (Scheme::RsaPss(Hash::Sha384), KeyKind::Rsa { .. }) => &signature::RSA_PSS_2048_8192_SHA384,
        (Scheme::RsaPss(Hash::Sha512), KeyKind::Rsa { .. }) => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
