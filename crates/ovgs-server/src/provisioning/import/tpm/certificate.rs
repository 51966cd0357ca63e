//! EK certificates, bare or as they were dumped from a TPM's NV memory.

use der::{Decode, Reader, SliceReader, asn1::AnyRef};
use ovgs_domain::{EkCertificate, Invalid};

use super::{Conversion, Flaw};

pub(super) fn read(bytes: &[u8], conversions: &mut Vec<Conversion>) -> Result<EkCertificate, Flaw> {
    match EkCertificate::parse(bytes) {
        Err(Invalid::NotCertificate | Invalid::TooManyBytes { .. }) => {}
        outcome => return Ok(outcome?),
    }
    let inside = without_header(bytes);
    conversions.extend((inside.len() < bytes.len()).then_some(Conversion::Header));
    let certificate = without_padding(inside);
    conversions.extend((certificate.len() < inside.len()).then_some(Conversion::Padding));
    Ok(EkCertificate::parse(certificate)?)
}

/// Cuts off `TCG_PCCLIENT_STORED_CERT`: a tag, a type of which 0 is a whole certificate, and the size of what follows, which
/// may begin with the tag `TCG_FULL_CERT` (TCG PC Client Specific Implementation Specification 1.2, section 7.4).
fn without_header(bytes: &[u8]) -> &[u8] {
    let [0x10, 0x01, 0x00, high, low, rest @ ..] = bytes else { return bytes };
    let size = usize::from(u16::from_be_bytes([*high, *low]));
    let inside = rest.get(..size).unwrap_or(rest);
    inside.strip_prefix(&[0x10, 0x02]).unwrap_or(inside)
}

/// Cuts off what stands behind the first DER value, if it is 0xFF or 0x00 throughout, as erased memory is.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let length = || {
        let mut reader = SliceReader::new(bytes)?;
        AnyRef::decode(&mut reader)?;
        usize::try_from(reader.position())
    };
    match length().ok().and_then(|length| bytes.split_at_checked(length)) {
        Some((value, rest)) if rest.iter().all(|b| *b == 0xff) || rest.iter().all(|b| *b == 0) => value,
        _ => bytes,
    }
}
