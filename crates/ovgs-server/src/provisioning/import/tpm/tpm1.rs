//! Keys of TPM 1.2 (TPM 1.2 Part 2, section 10).

use nom::{
    IResult,
    combinator::{all_consuming, map},
    multi::length_data,
    number::complete::{be_u16, be_u32},
    sequence::tuple,
};
use ovgs_domain::KeyForm;

use super::{
    Flaw,
    key::{DEFAULT_EXPONENT, Described},
};

/// Reads a `TPM_PUBKEY`. There are only RSA keys.
pub(super) fn read(bytes: &[u8]) -> Result<Described, Flaw> {
    let unreadable = || Flaw::Unreadable(KeyForm::TpmPubkey);
    let (_, (parameters, modulus)) = all_consuming(pubkey)(bytes).map_err(|_| unreadable())?;
    let (_, exponent) = all_consuming(rsa_parameters)(parameters).map_err(|_| unreadable())?;
    let exponent = match exponent {
        [] => DEFAULT_EXPONENT.to_be_bytes().to_vec(),
        given => given.to_vec(),
    };
    Ok(Described::Rsa { modulus: modulus.to_vec(), exponent })
}

/// `TPM_KEY_PARMS` (algorithm, encryption and signature schemes, parameters), then `TPM_STORE_PUBKEY`.
fn pubkey(bytes: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    let fields = tuple((be_u32, be_u16, be_u16, length_data(be_u32), length_data(be_u32)));
    map(fields, |(_, _, _, parameters, key)| (parameters, key))(bytes)
}

/// `TPM_RSA_KEY_PARMS`: bits, number of primes, exponent.
fn rsa_parameters(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    map(tuple((be_u32, be_u32, length_data(be_u32))), |(_, _, exponent)| exponent)(bytes)
}
