use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use der::{
    Decode, Encode,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier},
};
use p256::elliptic_curve::{
    self, AffinePoint, CurveArithmetic, FieldBytesSize,
    sec1::{FromEncodedPoint, ModulusSize, ToEncodedPoint},
};
use pkcs1::RsaPublicKey;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{KeyForm, bounded, key_form::refuse_private};
use crate::Invalid;

/// A public key as a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), up to 4 KiB.
///
/// RSA keys have at least 2048 bits, and keys of P-256, P-384 and P-521 are points of their curves. Of other algorithms, of
/// which TPMs learn new ones, only the structure is checked.
///
/// Devices and their peers do not read every spelling of a key, so one is kept that all of them read: points uncompressed,
/// and RSA as rsaEncryption, also where TPMs of version 1.2 said id-RSAES-OAEP. Everything else stays byte for byte.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey(Arc<[u8]>);

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

const OFF_CURVE: &str = "it is not a point of its curve";

/// How a point begins that is written out in full (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The length of a point of P-256 written out in full: how, and two coordinates of 32 octets.
const P256_POINT: usize = 1 + 2 * 32;

/// What comes before the point in nearly every key of a TPM there is. Of a key that begins so and is as long, nothing but the
/// point is left to be checked.
static BEFORE_P256: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| {
    let point = [UNCOMPRESSED; P256_POINT];
    let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some((&P256).into()) };
    let subject_public_key = BitStringRef::from_bytes(&point).ok()?;
    let key = SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der().ok()?;
    key.strip_suffix(&point).map(<[u8]>::to_vec)
});

impl PublicKey {
    const MAX: usize = 4 * 1024;

    /// Reads a SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`Invalid::PrivateKey`] for a private key in whatever form, [`Invalid::OtherKeyForm`] for a public one in another,
    /// [`Invalid::UnusableKey`] for one that nothing can be encrypted for; else [`Invalid`] if it is larger, or not exactly
    /// one such structure.
    pub fn parse(der: &[u8]) -> Result<PublicKey, Invalid> {
        if let Some(point) = p256_point(der) {
            p256::PublicKey::from_sec1_bytes(point).map_err(|_| unusable(OFF_CURVE))?;
            return Ok(PublicKey(der.into()));
        }
        let info = SubjectPublicKeyInfoRef::from_der(der);
        if info.is_err() {
            // No structure of a private key is that of a public one.
            refuse_private(der)?;
        }
        bounded(der, Self::MAX)?;
        match info {
            Ok(info) => Ok(PublicKey(canonical(info, der)?)),
            Err(_) => {
                Err(KeyForm::of(der).map_or(Invalid::NotPublicKey, |form| Invalid::OtherKeyForm { form }))
            }
        }
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bytes)", self.0.len())
    }
}

/// The point of a key of P-256 that is spelled as it is kept.
fn p256_point(der: &[u8]) -> Option<&[u8]> {
    let point = der.strip_prefix(BEFORE_P256.as_deref()?)?;
    (point.len() == P256_POINT).then_some(point)
}

/// Checks the key, and spells it as it is kept.
fn canonical(info: SubjectPublicKeyInfoRef<'_>, der: &[u8]) -> Result<Arc<[u8]>, Invalid> {
    match info.algorithm.oid {
        RSA_ENCRYPTION => {
            check_rsa(&info)?;
            Ok(der.into())
        }
        RSAES_OAEP => {
            check_rsa(&info)?;
            let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
            encode(&SubjectPublicKeyInfoRef { algorithm, ..info })
        }
        EC_PUBLIC_KEY => {
            let curve = info.algorithm.parameters_oid().map_err(|_| unusable("its curve is not named"))?;
            match curve {
                P256 => on_curve::<p256::NistP256>(info, der),
                P384 => on_curve::<p384::NistP384>(info, der),
                P521 => on_curve::<p521::NistP521>(info, der),
                _ => Ok(der.into()),
            }
        }
        _ => Ok(der.into()),
    }
}

fn check_rsa(info: &SubjectPublicKeyInfoRef<'_>) -> Result<(), Invalid> {
    let key = octets(info).and_then(|key| RsaPublicKey::from_der(key).ok());
    let key = key.ok_or_else(|| unusable("its RSAPublicKey cannot be read"))?;
    let (modulus, exponent) = (key.modulus.as_bytes(), key.public_exponent.as_bytes());
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    if bits < 2048 {
        return Err(unusable("its modulus has fewer than 2048 bits"));
    }
    if !is_odd(modulus) {
        return Err(unusable("its modulus is even"));
    }
    if !is_odd(exponent) || exponent == [1] {
        return Err(unusable("its exponent is not an odd number above 2"));
    }
    Ok(())
}

/// Checks that the key is a point of the curve other than infinity (SEC 1 §3.2.2.1), and writes it out in full.
fn on_curve<C>(info: SubjectPublicKeyInfoRef<'_>, der: &[u8]) -> Result<Arc<[u8]>, Invalid>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromEncodedPoint<C> + ToEncodedPoint<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let off_curve = || unusable(OFF_CURVE);
    let octets = octets(&info).ok_or_else(off_curve)?;
    let key = elliptic_curve::PublicKey::<C>::from_sec1_bytes(octets).map_err(|_| off_curve())?;
    if octets.first() == Some(&UNCOMPRESSED) {
        return Ok(der.into());
    }
    let point = key.to_encoded_point(false);
    let subject_public_key = BitStringRef::from_bytes(point.as_bytes()).map_err(|_| off_curve())?;
    encode(&SubjectPublicKeyInfoRef { subject_public_key, ..info })
}

/// The key without what is around it; none if it is no whole number of octets.
fn octets<'a>(info: &SubjectPublicKeyInfoRef<'a>) -> Option<&'a [u8]> {
    info.subject_public_key.as_bytes()
}

fn encode(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Arc<[u8]>, Invalid> {
    Ok(info.to_der().map_err(|_| Invalid::NotPublicKey)?.into())
}

fn unusable(reason: &'static str) -> Invalid {
    Invalid::UnusableKey { reason }
}
