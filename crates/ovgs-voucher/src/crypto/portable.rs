//! Digests in Rust alone.

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::Hash;

/// The digest of `message`.
pub(crate) fn digest(hash: Hash, message: &[u8]) -> impl AsRef<[u8]> + use<> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}
