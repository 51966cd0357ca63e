//! Signature algorithms: those we sign with, and those we read.

use std::fmt;

use der::{AnyRef, Decode, Sequence, asn1::ObjectIdentifier};
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::{crypto::Hash, oid};

/// An algorithm that vouchers are signed with: those that every known verifier reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA on P-256 with SHA-256; signatures are the DER of `SEQUENCE { r, s }`.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384; signatures are the DER of `SEQUENCE { r, s }`.
    EcdsaP384Sha384,
    /// RSA PKCS#1 v1.5 with SHA-256 and a key of 2048 to 4096 bits; signatures are as long as the modulus.
    RsaPkcs1Sha256,
}

impl SignatureAlgorithm {
    /// The algorithm that keys of this kind sign vouchers with; `None` for keys that do not.
    pub fn of_key(kind: KeyKind) -> Option<Self> {
        match kind {
            KeyKind::P256 => Some(Self::EcdsaP256Sha256),
            KeyKind::P384 => Some(Self::EcdsaP384Sha384),
            KeyKind::Rsa { bits: 2048..=4096 } => Some(Self::RsaPkcs1Sha256),
            KeyKind::P521 | KeyKind::Rsa { .. } | KeyKind::Other => None,
        }
    }

    pub(crate) fn hash(self) -> Hash {
        match self {
            Self::EcdsaP256Sha256 | Self::RsaPkcs1Sha256 => Hash::Sha256,
            Self::EcdsaP384Sha384 => Hash::Sha384,
        }
    }

    /// How such a signature is checked.
    #[cfg(any(feature = "aws-lc", feature = "rustcrypto"))]
    pub(crate) fn scheme(self) -> Scheme {
        match self {
            Self::EcdsaP256Sha256 | Self::EcdsaP384Sha384 => Scheme::Ecdsa(self.hash()),
            Self::RsaPkcs1Sha256 => Scheme::RsaPkcs1(self.hash()),
        }
    }

    /// The identifier in the SignerInfo. RSA has NULL parameters (RFC 3370 §3.2), ECDSA none (RFC 5754 §3.3).
    pub(crate) fn identifier(self) -> AlgorithmIdentifierRef<'static> {
        let (oid, parameters) = match self {
            Self::EcdsaP256Sha256 => (oid::ECDSA_SHA256, None),
            Self::EcdsaP384Sha384 => (oid::ECDSA_SHA384, None),
            Self::RsaPkcs1Sha256 => (oid::RSA, Some(AnyRef::NULL)),
        };
        AlgorithmIdentifierRef { oid, parameters }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256Sha256 => "ECDSA P-256 with SHA-256",
            Self::EcdsaP384Sha384 => "ECDSA P-384 with SHA-384",
            Self::RsaPkcs1Sha256 => "RSA PKCS#1 v1.5 with SHA-256",
        })
    }
}

/// The kind of a certificate's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// An elliptic-curve key on NIST P-256.
    P256,
    /// An elliptic-curve key on NIST P-384.
    P384,
    /// An elliptic-curve key on NIST P-521.
    P521,
    /// An RSA key.
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// A key that this crate does not use.
    Other,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("P-256"),
            Self::P384 => f.write_str("P-384"),
            Self::P521 => f.write_str("P-521"),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Other => f.write_str("unknown kind"),
        }
    }
}

/// How a signature is to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Ecdsa(Hash),
    RsaPkcs1(Hash),
    /// With MGF1 of the same hash and a salt as long as the hash (RFC 4056).
    RsaPss(Hash),
}

/// Why a signature's algorithm is not one to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Sha1,
    Other,
}

impl Scheme {
    /// Reads a certificate's signature algorithm, or a SignerInfo's, where bare rsaEncryption leaves the hash
    /// to `digest`.
    pub(crate) fn read(id: AlgorithmIdentifierRef<'_>, digest: Option<Hash>) -> Result<Self, Unreadable> {
        let ecdsa =
            |hash| if id.parameters.is_none() { Ok(Self::Ecdsa(hash)) } else { Err(Unreadable::Other) };
        let rsa = |hash| if null_or_absent(id) { Ok(Self::RsaPkcs1(hash)) } else { Err(Unreadable::Other) };
        match id.oid {
            oid::ECDSA_SHA256 => ecdsa(Hash::Sha256),
            oid::ECDSA_SHA384 => ecdsa(Hash::Sha384),
            oid::ECDSA_SHA512 => ecdsa(Hash::Sha512),
            oid::RSA_SHA256 => rsa(Hash::Sha256),
            oid::RSA_SHA384 => rsa(Hash::Sha384),
            oid::RSA_SHA512 => rsa(Hash::Sha512),
            oid::RSA => digest.ok_or(Unreadable::Other).and_then(rsa),
            oid::RSA_PSS => pss(id),
            oid::ECDSA_SHA1 | oid::RSA_SHA1 => Err(Unreadable::Sha1),
            _ => Err(Unreadable::Other),
        }
    }

    pub(crate) fn hash(self) -> Hash {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss(hash) => hash,
        }
    }
}

impl Hash {
    pub(crate) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    /// Reads a digest algorithm; its parameters are absent or, of old, NULL (RFC 5754 §2).
    pub(crate) fn read(id: AlgorithmIdentifierRef<'_>) -> Result<Self, Unreadable> {
        let hash = [Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|hash| hash.oid() == id.oid);
        match hash {
            Some(hash) if null_or_absent(id) => Ok(hash),
            None if id.oid == oid::SHA1 => Err(Unreadable::Sha1),
            _ => Err(Unreadable::Other),
        }
    }
}

fn null_or_absent(id: AlgorithmIdentifierRef<'_>) -> bool {
    id.parameters.is_none_or(AnyRef::is_null)
}

/// RSASSA-PSS-params, RFC 4055 §3.1.
#[derive(Sequence)]
struct PssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u32>,
}

/// Takes only what everybody makes: one hash throughout, and a salt of its length. What is left out means
/// SHA-1.
fn pss(id: AlgorithmIdentifierRef<'_>) -> Result<Scheme, Unreadable> {
    let parameters = id.parameters.ok_or(Unreadable::Sha1)?;
    let parameters: PssParameters<'_> = parameters.decode_as().map_err(|_| Unreadable::Other)?;
    let hash = Hash::read(parameters.hash.ok_or(Unreadable::Sha1)?)?;
    let mask = parameters.mask.filter(|mask| mask.oid == oid::MGF1).and_then(|mask| mask.parameters);
    let mask: AlgorithmIdentifierRef<'_> =
        mask.ok_or(Unreadable::Sha1)?.decode_as().map_err(|_| Unreadable::Other)?;
    let usual = Hash::read(mask)? == hash
        && parameters.salt_length == u32::try_from(hash.octets()).ok()
        && parameters.trailer.is_none();
    if usual { Ok(Scheme::RsaPss(hash)) } else { Err(Unreadable::Other) }
}

/// The kind of the key in a SubjectPublicKeyInfo, whose algorithm is `id` and whose bits are `key`.
pub(crate) fn key_kind(id: AlgorithmIdentifierRef<'_>, key: &[u8]) -> KeyKind {
    match id.oid {
        oid::RSA => rsa_bits(key).map_or(KeyKind::Other, |bits| KeyKind::Rsa { bits }),
        oid::EC_KEY => match id.parameters_oid() {
            Ok(oid::P256) => KeyKind::P256,
            Ok(oid::P384) => KeyKind::P384,
            Ok(oid::P521) => KeyKind::P521,
            _ => KeyKind::Other,
        },
        _ => KeyKind::Other,
    }
}

/// RSAPublicKey, RFC 8017 §A.1.1.
#[derive(Sequence)]
pub(crate) struct RsaPublicKey<'a> {
    pub(crate) modulus: der::asn1::UintRef<'a>,
    pub(crate) exponent: der::asn1::UintRef<'a>,
}

fn rsa_bits(key: &[u8]) -> Option<usize> {
    let modulus = RsaPublicKey::from_der(key).ok()?.modulus.as_bytes();
    let first = modulus.first()?;
    Some(modulus.len() * 8 - usize::try_from(first.leading_zeros()).ok()?)
}
