//! Keys of TPM 2.0 (TPM 2.0 Part 2, section 12.2).
//!
//! The structures are declared here, as far as keys use them. There is a crate that has all of the TPM's protocol
//! (`tpm2-protocol`), but it reads these in another way with every minor version.

use der::asn1::ObjectIdentifier;
use nom::{
    IResult, Parser,
    combinator::{all_consuming, value},
    error::Error,
    multi::length_data,
    number::complete::{be_u16, be_u32},
    sequence::{preceded, tuple},
};
use ovgs_domain::KeyForm;

use super::{
    Flaw,
    key::{DEFAULT_EXPONENT, Described},
};

/// `TPM_ALG_ID`s (TCG Algorithm Registry, table 3).
mod algorithm {
    pub(super) const RSA: u16 = 0x0001;
    pub(super) const ECC: u16 = 0x0023;
    pub(super) const NULL: u16 = 0x0010;
    pub(super) const RSAES: u16 = 0x0015;
    pub(super) const ECDAA: u16 = 0x001a;
}

/// What tells one key from another in a public area.
enum Unique<'a> {
    Rsa { exponent: u32, modulus: &'a [u8] },
    Ec { curve: u16, x: &'a [u8], y: &'a [u8] },
    Other,
}

/// Reads a `TPMT_PUBLIC`, or a `TPM2B_PUBLIC`, which has a size before it.
pub(super) fn read(bytes: &[u8], form: KeyForm) -> Result<Described, Flaw> {
    let unreadable = |_| Flaw::Unreadable(form);
    let area = match form {
        KeyForm::Tpm2bPublic => all_consuming(sized)(bytes).map_err(unreadable)?.1,
        _ => bytes,
    };
    let (_, unique) = all_consuming(public_area)(area).map_err(unreadable)?;
    match unique {
        Unique::Rsa { exponent, modulus } => {
            let exponent = if exponent == 0 { DEFAULT_EXPONENT } else { exponent };
            Ok(Described::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_be_bytes().to_vec() })
        }
        Unique::Ec { curve, x, y } => described_point(curve, x, y).ok_or(Flaw::UnknownKind(form)),
        Unique::Other => Err(Flaw::UnknownKind(form)),
    }
}

/// `TPMT_PUBLIC`: type, name algorithm, attributes, policy, then what depends on the type.
fn public_area(bytes: &[u8]) -> IResult<&[u8], Unique<'_>> {
    let (rest, (kind, _, _, _)) = tuple((be_u16, be_u16, be_u32, sized))(bytes)?;
    match kind {
        algorithm::RSA => rsa(rest),
        algorithm::ECC => ecc(rest),
        _ => Ok((&[], Unique::Other)),
    }
}

/// `TPMS_RSA_PARMS` and `TPM2B_PUBLIC_KEY_RSA`.
fn rsa(bytes: &[u8]) -> IResult<&[u8], Unique<'_>> {
    let (rest, (_, _, _bits, exponent, modulus)) = tuple((symmetric, scheme, be_u16, be_u32, sized))(bytes)?;
    Ok((rest, Unique::Rsa { exponent, modulus }))
}

/// `TPMS_ECC_PARMS` and `TPMS_ECC_POINT`.
fn ecc(bytes: &[u8]) -> IResult<&[u8], Unique<'_>> {
    let (rest, (_, _, curve, _kdf, x, y)) = tuple((symmetric, scheme, be_u16, scheme, sized, sized))(bytes)?;
    Ok((rest, Unique::Ec { curve, x, y }))
}

/// `TPMT_SYM_DEF_OBJECT`: an algorithm, and unless there is none, its bits and mode.
fn symmetric(bytes: &[u8]) -> IResult<&[u8], ()> {
    match be_u16::<_, Error<&[u8]>>(bytes) {
        Ok((rest, algorithm::NULL)) => Ok((rest, ())),
        _ => value((), tuple((be_u16, be_u16, be_u16)))(bytes),
    }
}

/// `TPMT_ASYM_SCHEME` and `TPMT_KDF_SCHEME`: an algorithm, and what it takes: a hash, or nothing, or a hash and a count.
fn scheme(bytes: &[u8]) -> IResult<&[u8], ()> {
    let (rest, kind) = be_u16(bytes)?;
    match kind {
        algorithm::NULL | algorithm::RSAES => Ok((rest, ())),
        algorithm::ECDAA => value((), preceded(be_u16, be_u16)).parse(rest),
        _ => value((), be_u16).parse(rest),
    }
}

/// A `TPM2B`: a size, and so many octets.
fn sized(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    length_data(be_u16)(bytes)
}

/// `TPM_ECC_CURVE`s (TCG Algorithm Registry, table 4) as SubjectPublicKeyInfo names them (RFC 5480 §2.1.1.1).
fn described_point(curve: u16, x: &[u8], y: &[u8]) -> Option<Described> {
    let (curve, octets) = match curve {
        0x0003 => ("1.2.840.10045.3.1.7", 32),
        0x0004 => ("1.3.132.0.34", 48),
        0x0005 => ("1.3.132.0.35", 66),
        _ => return None,
    };
    let curve = ObjectIdentifier::new(curve).ok()?;
    Some(Described::Ec { curve, x: padded(x, octets), y: padded(y, octets) })
}

/// TPMs may leave out zeros at the beginning of a coordinate.
fn padded(coordinate: &[u8], octets: usize) -> Vec<u8> {
    let zeros = octets.saturating_sub(coordinate.len());
    [vec![0; zeros].as_slice(), coordinate].concat()
}
