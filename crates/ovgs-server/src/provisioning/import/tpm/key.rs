//! Public keys, from whatever form to a SubjectPublicKeyInfo.

use der::{
    Encode,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef},
};
use ovgs_domain::{Invalid, KeyForm, PublicKey};
use pkcs1::RsaPublicKey;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::{Conversion, Flaw, tpm1, tpm2};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The exponent that TPMs mean where they say 0 (TPM 2.0 Part 2, `TPMS_RSA_PARMS`) or nothing (TPM 1.2 Part 2,
/// `TPM_RSA_KEY_PARMS`).
pub(super) const DEFAULT_EXPONENT: u32 = 65537;

/// A key as TPMs describe it.
#[derive(Debug)]
pub(super) enum Described {
    /// Modulus and exponent.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A point, its coordinates as long as the field's elements.
    Ec { curve: ObjectIdentifier, x: Vec<u8>, y: Vec<u8> },
}

pub(super) fn read(bytes: &[u8]) -> Result<(PublicKey, Option<Conversion>), Flaw> {
    let form = match PublicKey::parse(bytes) {
        Ok(key) => {
            let respelled = key.der() != bytes;
            return Ok((key, respelled.then_some(Conversion::Spelling)));
        }
        Err(Invalid::OtherKeyForm { form }) => form,
        Err(invalid) => return Err(invalid.into()),
    };
    let der = match form {
        KeyForm::Pkcs1 => wrap_rsa(bytes),
        KeyForm::Tpm2bPublic | KeyForm::TpmtPublic => wrap(&tpm2::read(bytes, form)?),
        KeyForm::TpmPubkey => wrap(&tpm1::read(bytes)?),
        KeyForm::Pem | KeyForm::Certificate => return Err(Invalid::OtherKeyForm { form }.into()),
    };
    let key = PublicKey::parse(&der.map_err(|_| Flaw::Unreadable(form))?)?;
    Ok((key, Some(Conversion::Form(form))))
}

fn wrap(key: &Described) -> der::Result<Vec<u8>> {
    match key {
        Described::Rsa { modulus, exponent } => {
            let (modulus, public_exponent) = (UintRef::new(modulus)?, UintRef::new(exponent)?);
            wrap_rsa(&RsaPublicKey { modulus, public_exponent }.to_der()?)
        }
        Described::Ec { curve, x, y } => {
            let point = [&[0x04], x.as_slice(), y].concat(); // uncompressed: SEC 1 §2.3.3
            let algorithm = AlgorithmIdentifierRef { oid: EC_PUBLIC_KEY, parameters: Some(curve.into()) };
            let subject_public_key = BitStringRef::from_bytes(&point)?;
            SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der()
        }
    }
}

fn wrap_rsa(rsa_public_key: &[u8]) -> der::Result<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
    let subject_public_key = BitStringRef::from_bytes(rsa_public_key)?;
    SubjectPublicKeyInfoRef { algorithm, subject_public_key }.to_der()
}
