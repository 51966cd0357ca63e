//! Between messages and our own types.

use ovgs_proto::signer::v1 as pb;
use ovgs_voucher::SignatureAlgorithm;

/// An algorithm as the wire has it; one that the wire does not know is none.
pub(super) fn to_proto(algorithm: SignatureAlgorithm) -> pb::Algorithm {
    match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => pb::Algorithm::EcdsaP256Sha256,
        SignatureAlgorithm::EcdsaP384Sha384 => pb::Algorithm::EcdsaP384Sha384,
        SignatureAlgorithm::RsaPkcs1Sha256 => pb::Algorithm::RsaPkcs1Sha256,
        _ => pb::Algorithm::Unspecified,
    }
}

/// The algorithm of this number on the wire.
pub(super) fn from_proto(number: i32) -> Option<SignatureAlgorithm> {
    match pb::Algorithm::try_from(number) {
        Ok(pb::Algorithm::EcdsaP256Sha256) => Some(SignatureAlgorithm::EcdsaP256Sha256),
        Ok(pb::Algorithm::EcdsaP384Sha384) => Some(SignatureAlgorithm::EcdsaP384Sha384),
        Ok(pb::Algorithm::RsaPkcs1Sha256) => Some(SignatureAlgorithm::RsaPkcs1Sha256),
        Ok(pb::Algorithm::Unspecified) | Err(_) => None,
    }
}
