//! Finding a key on a token and learning what it is.

use cryptoki::{
    error::Error,
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};
use der::{
    AnyRef, Decode as _, Encode as _, Sequence,
    asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef},
};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::{
    KeyKind, SignatureAlgorithm,
    algorithm::{RsaPublicKey, key_kind},
    crypto, oid,
};

/// A private key that was found.
#[derive(Debug)]
pub(super) struct FoundKey {
    handle: ObjectHandle,
    pub(super) identity: Identity,
}

/// What tells a key from others, as far as its token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) algorithm: SignatureAlgorithm,
    /// The SubjectPublicKeyInfo.
    pub(super) public_key: Option<Vec<u8>>,
}

/// Why a key was not found.
#[derive(Debug)]
pub(super) enum Miss {
    None,
    Several,
    /// It is not for signatures that vouchers have.
    Kind,
    Failed(Error),
}

impl From<Error> for Miss {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl FoundKey {
    /// Looks for the private key with this label.
    pub(super) fn find(session: &Session, label: &str) -> Result<Self, Miss> {
        let label = || Attribute::Label(label.as_bytes().to_vec());
        let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY), label()])?;
        let handle = match *found.as_slice() {
            [] => return Err(Miss::None),
            [handle] => handle,
            _ => return Err(Miss::Several),
        };
        let private = Attributes::read(session, handle)?;
        let mut like_it = vec![Attribute::Class(ObjectClass::PUBLIC_KEY), label()];
        like_it.extend(private.id().map(|id| Attribute::Id(id.to_vec())));
        let public = session.find_objects(&like_it)?.first().copied();
        let public = public.map(|handle| Attributes::read(session, handle)).transpose()?;
        let identity = match private.key_type() {
            Some(KeyType::RSA) => rsa(&private),
            Some(KeyType::EC) => elliptic(&private, public.as_ref()),
            _ => None,
        };
        Ok(Self { handle, identity: identity.ok_or(Miss::Kind)? })
    }

    /// Signs `message`. ECDSA signs a digest made here, because not every token offers to make it; a token's
    /// signature is r and s, one behind the other.
    pub(super) fn sign(&self, session: &Session, message: &[u8]) -> Result<Vec<u8>, Error> {
        match self.identity.algorithm {
            algorithm @ (SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::EcdsaP384Sha384) => {
                let digest = crypto::digest(algorithm.hash(), message);
                let both = session.sign(&Mechanism::Ecdsa, self.handle, digest.as_ref())?;
                as_sequence(&both, order(algorithm)).ok_or(Error::InvalidValue)
            }
            SignatureAlgorithm::RsaPkcs1Sha256 => {
                session.sign(&Mechanism::Sha256RsaPkcs, self.handle, message)
            }
        }
    }
}

/// What a token tells about a key.
struct Attributes(Vec<Attribute>);

impl Attributes {
    fn read(session: &Session, key: ObjectHandle) -> Result<Self, Error> {
        let wanted = [
            AttributeType::KeyType,
            AttributeType::Id,
            AttributeType::EcParams,
            AttributeType::EcPoint,
            AttributeType::Modulus,
            AttributeType::PublicExponent,
        ];
        session.get_attributes(key, &wanted).map(Self)
    }

    fn one<'a, T>(&'a self, of: impl Fn(&'a Attribute) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(of)
    }

    fn key_type(&self) -> Option<KeyType> {
        self.one(
            |attribute| if let Attribute::KeyType(key_type) = attribute { Some(*key_type) } else { None },
        )
    }

    fn id(&self) -> Option<&[u8]> {
        let id =
            self.one(|attribute| if let Attribute::Id(id) = attribute { Some(id.as_slice()) } else { None });
        id.filter(|id| !id.is_empty())
    }

    fn curve(&self) -> Option<ObjectIdentifier> {
        let parameters = self.one(|attribute| match attribute {
            Attribute::EcParams(parameters) => Some(parameters),
            _ => None,
        })?;
        ObjectIdentifier::from_der(parameters).ok()
    }

    /// The point. PKCS#11 has an OCTET STRING around it, which some libraries leave out.
    fn point(&self) -> Option<&[u8]> {
        let point = self.one(|attribute| match attribute {
            Attribute::EcPoint(point) if !point.is_empty() => Some(point.as_slice()),
            _ => None,
        })?;
        Some(OctetStringRef::from_der(point).map_or(point, |inner| inner.as_bytes()))
    }

    fn rsa(&self) -> Option<RsaPublicKey<'_>> {
        let modulus = self.one(|attribute| match attribute {
            Attribute::Modulus(modulus) => Some(modulus),
            _ => None,
        })?;
        let exponent = self.one(|attribute| match attribute {
            Attribute::PublicExponent(exponent) => Some(exponent),
            _ => None,
        })?;
        Some(RsaPublicKey { modulus: UintRef::new(modulus).ok()?, exponent: UintRef::new(exponent).ok()? })
    }
}

fn rsa(private: &Attributes) -> Option<Identity> {
    let key = private.rsa()?.to_der().ok()?;
    let id = AlgorithmIdentifierRef { oid: oid::RSA, parameters: Some(AnyRef::NULL) };
    let KeyKind::Rsa { bits: 2048..=4096 } = key_kind(id, &key) else { return None };
    Some(Identity { algorithm: SignatureAlgorithm::RsaPkcs1Sha256, public_key: Some(info(id, &key)?) })
}

fn elliptic(private: &Attributes, public: Option<&Attributes>) -> Option<Identity> {
    let curve = private.curve().or_else(|| public?.curve())?;
    let algorithm = match curve {
        oid::P256 => SignatureAlgorithm::EcdsaP256Sha256,
        oid::P384 => SignatureAlgorithm::EcdsaP384Sha384,
        _ => return None,
    };
    let id = AlgorithmIdentifierRef { oid: oid::EC_KEY, parameters: Some(AnyRef::from(&curve)) };
    // A private key does not have its point, and some tokens hold it alone.
    let point = private.point().or_else(|| public?.point());
    Some(Identity { algorithm, public_key: point.and_then(|point| info(id, point)) })
}

fn info(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let subject_public_key = BitStringRef::from_bytes(key).ok()?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().ok()
}

/// ECDSA-Sig-Value, RFC 3279 §2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// How long numbers modulo the order of the curve are, in octets.
fn order(algorithm: SignatureAlgorithm) -> usize {
    // Both curves are used with the hash of their own length.
    algorithm.hash().octets()
}

/// From r and s, one behind the other and each this long, to DER.
fn as_sequence(both: &[u8], octets: usize) -> Option<Vec<u8>> {
    let (r, s) = both.split_at_checked(octets).filter(|(_, s)| s.len() == octets)?;
    EcdsaSignature { r: UintRef::new(r).ok()?, s: UintRef::new(s).ok()? }.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::as_sequence;

    #[test]
    fn numbers_lose_their_leading_zeros_and_stay_positive() {
        let der = as_sequence(&[0, 0, 1, 0x80, 0, 2], 3).unwrap();
        assert_eq!(der, [0x30, 9, 2, 1, 1, 2, 4, 0, 0x80, 0, 2]);
    }

    #[test]
    fn what_is_not_two_numbers_is_no_signature() {
        for length in [0, 3, 5, 7, 12] {
            assert_eq!(as_sequence(&vec![1; length], 3), None);
        }
    }
}
